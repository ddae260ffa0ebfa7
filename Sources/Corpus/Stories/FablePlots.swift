extension StoryScene {
  /// Stories of animals among themselves, which talk.
  static let fablePlots: KeyValuePairs<String, String> = [
    "the slow and the fast": """
    * Long ago, {place.at}, there lived a/an {animal} named {pet} and a/an {animal2} named {pet2}.
    {pet} was {trait}, and {pet2} was {trait2}. Their neighbor, {pet3} the {animal3}, was {trait3}
    and ate {fruit.plural} all day.
    ? What was the name of the {animal}? = {pet}
    ? What was the name of the {animal2}? = {pet2}
    ? What was {pet} like? = {trait}
    ? What was {pet2} like? = {trait2}
    ? Which animal ate {fruit.plural}? = {animal3}
    * In the days when animals could talk, a/an {trait} {animal} called {pet} shared [its|a] home
    {nook} with a/an {trait2} {animal2} called {pet2}. A/an {animal3} called {pet3} lived {nook2}.
    ? Where did {pet3} live? = {nook2}
    ? What kind of animal was {pet}? = {animal}
    ? What kind of animal was {pet2}? = {animal2}
    ? What kind of animal was {pet3}? = {animal3}

    * "I can do everything faster than you," said {pet2} on {day}. "I eat {number} {fruit2.plural}
    before you have eaten {number2}." "That is true," said {pet} and went on
    [chewing|walking|humming].
    ? How many {fruit2.plural} did {pet2} eat? = {number}
    ? When did {pet2} say that? = {day}
    * One {fair} {daytime}, {pet3} found a note. "Whoever first brings a/an {color} {treasure}
    from {place2} to {place3} gets {prize}," it said. "That will be me," said {pet2}. "{saying},"
    said {pet}.
    ? What color was the {treasure}? = {color}
    ? What was the prize? = {prize}
    ? Who found the note? = {pet3}
    ? Where did the {treasure} come from? = {place2}
    ? What did {pet} say? = {saying}

    * So they had a race to {place4}. {pet2} {animal2.cried} and was gone in a/an {color2} cloud
    of dust. {pet} took one step and another. On the way, {pet} saw {number3} {animal4.plural} and
    stopped to help a/an {animal5} that was stuck {nook3}.
    ? Where did the race go? = {place4}
    ? Which animal was stuck? = {animal5}
    ? Where was the {animal5} stuck? = {nook3}
    ? How many {animal4.plural} did {pet} see? = {number3}
    * {pet2} rushed off without a map. First {pet2.he} ran to {place4}, which was wrong, and then
    to {place5}, which was wrong too. {pet} asked a/an {animal5} for the way, drew it on a leaf
    with a/an {treasure2}, and only then began to walk.
    ? Where did {pet2} run first? = {place4}
    ? Which animal did {pet} ask for the way? = {animal5}
    ? What did {pet} draw with? = {treasure2}

    * Halfway there, {pet2} felt {gloomy} and hungry, lay down {nook4} and ate {snack}. "Just a
    [short|little] nap [until {number5}|in the sun|before I win]," {pet2.he} said. When {pet2.he}
    woke up, {number4} hours had gone by.
    ? What did {pet2} eat? = {snack}
    ? Where did {pet2} lie down? = {nook4}
    ? How many hours did {pet2} sleep? = {number4}
    * In a hurry, {pet2} [tripped|slipped] and landed {nook4}. {pet2.His} {garment} was torn and
    {pet2.he} was {gloomy}. {pet} came along and stopped. "{saying2}," said {pet}. "We can go
    [together|the rest of the way together|on side by side]."
    ? How did {pet2} feel? = {gloomy}
    ? What was torn? = {garment}
    ? What did {pet} say to {pet2}? = {saying2}

    * {pet3} was waiting at the end with {snack2}. "[Look who is here|Well, well]," said {pet3}.
    {pet} was {merry}, and {pet2} was {merry2}, because they both had learned something.
    ? Who was waiting at the end? = {pet3}
    ? How did {pet} feel? = {merry}
    ? How did {pet2} feel? = {merry2}
    * {pet} came first. {pet3} clapped, and even {pet2} bowed. "Tomorrow," said {pet2}, "will you
    teach me how to be slow?" "Gladly," said {pet}, "but it takes [time|a while]."
    ? Who clapped? = {pet3}
    ? Who came first? = {pet}

    [Fast feet are good, but a calm head is better.|It is not the quickest who arrives, but the
    one who keeps going.|Rushing is not the same as getting there.|From then on, {pet} and {pet2}
    always walked side by side.|And {pet2} never laughed at a/an {animal} again.]
    """,
    "food for the winter": """
    * It was {season}, and the animals {place.at} were busy. {pet} the {animal} gathered
    {fruit.plural}, {pet2} the {animal2} gathered {fruit2.plural}, and {pet3} the {animal3}
    [slept|sang|danced] in the sun.
    ? What did {pet} gather? = {fruit.plural}
    ? What did {pet2} gather? = {fruit2.plural}
    ? Who [did not gather anything|gathered nothing]? = {pet3}
    ? In which season were the animals busy? = {season}
    * Every {daytime} in {season}, {pet} the {animal} carried {number} {fruit.plural} home and hid
    them {nook}. {pet2} the {animal2} carried {number2} {fruit2.plural} and hid them {nook2}. But
    {pet3} the {animal3} only played a/an {color} {instrument}.
    ? Where did {pet} hide the {fruit.plural}? = {nook}
    ? Where did {pet2} hide the {fruit2.plural}? = {nook2}
    ? How many {fruit.plural} did {pet} carry? = {number}
    ? What color was the {instrument}? = {color}
    ? What did {pet3} play? = {instrument}

    * "Winter is coming," said {pet}. "{saying}." "Winter is far away," said {pet3} and
    [yawned|laughed|rolled over]. "Today is {day}, and on {day2} it will be {fair} too."
    ? What did {pet} say? = {saying}
    ? What day was it? = {day}
    * {pet4}, an old {animal4}, came by on {day} and smelled the wind. "There will be a/an {storm}
    soon," {pet4.he} said. {pet2} was {gloomy}, but {pet3} did not [listen|hear|care].
    ? What did the old {animal4} smell? = {storm}
    ? How did {pet2} feel? = {gloomy}
    ? What was the name of the old {animal4}? = {pet4}

    * Then [the cold came|a/an {storm3} came|the first snow fell on {day3}]. {pet3} looked for
    food {nook3} and found a/an {treasure}. {pet3.He} looked {nook4} and found a/an {treasure2}.
    [One cannot eat those!|But nobody can eat a/an {treasure}.|Neither of them was good to eat.]
    {pet3.He} was {gloomy2} and very hungry.
    ? What did {pet3} find {nook3}? = {treasure}
    ? What did {pet3} find {nook4}? = {treasure2}
    ? How did {pet3} feel? = {gloomy2}
    * One morning a/an {storm2} left {storm2.after}, and {pet3} had not eaten for {number3} days.
    {pet3.He} wrapped {pet3.himself} in a/an {color2} {garment} and knocked at {number4} doors.
    Nobody opened but {pet2}.
    ? For how many days had {pet3} not eaten? = {number3}
    ? How many doors did {pet3} knock at? = {number4}
    ? Who opened the door? = {pet2}
    ? What color was the {garment}? = {color2}

    * "Come in," said {pet2}. On the table stood {snack}, and by the fire sat {pet} with {snack2}.
    "We have enough for three," said {pet}, "[if you play for us|if you wash up]." And {pet3} did.
    ? What stood on the table? = {snack}
    ? What did {pet} have? = {snack2}
    * {pet} and {pet2} talked about it. "Not one {fruit}!" said {pet}. "But the music made us
    {merry} the whole season," said {pet2}. So they gave {pet3} {snack} and a place {nook5}.
    ? What did they give {pet3} to eat? = {snack}
    ? Where did they give {pet3} a place? = {nook5}

    * They played {game} until the snow melted, and all three were {merry2}. The next year, {pet3}
    gathered {number5} {fruit3.plural} a day and whistled while {pet3.he} worked.
    ? What did {pet3} gather the next year? = {fruit3.plural}
    ? What did they play? = {game}
    ? How did all three feel? = {merry2}
    * In spring, {pet3} planted a/an {plant} for {pet} and a/an {plant2} for {pet2}, [to say thank
    you|as a present|and watered both]. "{saying3}," {pet3.he} said to the seeds.
    ? What did {pet3} plant for {pet}? = {plant}
    ? What did {pet3} plant for {pet2}? = {plant2}
    ? What did {pet3} say to the seeds? = {saying3}

    [Work first, and then there is time to sing.|A song is a gift too, but one cannot live on
    songs alone.|Good neighbors keep each other warm.|{pet3} never forgot that {storm3}.|And when
    {season2} came, {pet2} learned to play the {instrument2}.]
    """,
    "the quarrel": """
    * {pet} the {animal} and {pet2} the {animal2} lived on two sides of a river. {pet} had a/an
    {color} house, and {pet2} had a/an {color2} one. Between [them|the houses] was a
    [bridge|plank|tree trunk], just wide enough for one[ {animal}|].
    ? What color was {pet}'s house? = {color}
    ? What color was {pet2}'s house? = {color2}
    ? What kind of animal was {pet}? = {animal}
    * Near {place}, a/an {trait} {animal} named {pet} and a/an {trait2} {animal2} named {pet2}
    used the same narrow bridge, {pet} to fetch {fruit.plural} and {pet2} to fetch
    {fruit2.plural}.
    ? What did {pet} fetch? = {fruit.plural}
    ? What did {pet2} fetch? = {fruit2.plural}
    ? What was {pet} like? = {trait}
    ? What was {pet2} like? = {trait2}

    One {fair} {daytime}, they met in the middle. {pet} was carrying a/an {treasure} to {place2}.
    {pet2} was carrying a/an {toy} to {place3}. "Go back!" {animal.cried} {pet}. "No, you go
    back!" {animal2.cried} {pet2}.
    ? What was {pet} carrying? = {treasure}
    ? What was {pet2} carrying? = {toy}
    ? Where did {pet} want to go? = {place2}
    ? Where did {pet2} want to go? = {place3}

    * They stood there for {number} hours. {pet} became {gloomy}, and {pet2} became {gloomy2}.
    {number2} {animal3.plural} swam by and laughed at them.
    ? How many hours did they stand there? = {number}
    ? How did {pet} feel? = {gloomy}
    ? How did {pet2} feel? = {gloomy2}
    ? Which animals laughed at them? = {animal3.plural}
    * They [pushed|shoved|began to push] [with all their might|and pulled|for {number} minutes].
    {pet}'s {garment} fell into the water. {pet2}'s {garment2} fell in after it. "[Now look what
    you did|That was your fault|My poor {garment}]!" [they both shouted|shouted {pet}|cried
    {pet2}]. A/an {animal3} fished them out {nook}.
    ? What did {pet} lose in the water? = {garment}
    ? What did {pet2} lose in the water? = {garment2}
    ? Which animal fished them out? = {animal3}

    * Then {pet3}, an old {animal4}, came along and sat down. "I have {snack} and {snack2}," said
    {pet3}, "and I cannot eat both. But I only share with those who [are friends|do not shout|let
    others pass]. {saying}."
    ? Who came along? = {pet3}
    ? What kind of animal was {pet3}? = {animal4}
    ? What did {pet3} say? = {saying}
    * Under the bridge lived {pet3} the {animal4}. "I have listened since {number3} o'clock," said
    {pet3}. "If {pet} lies down, {pet2} can climb over. {saying}. On {day} it is the other way
    around."
    ? Who lived under the bridge? = {pet3}
    ? Since what time had {pet3} listened? = {number3}
    ? What did {pet3} say? = {saying}

    * {pet} looked at {pet2}. {pet2} looked at {pet}. Then {pet} took {number4} steps back. "After
    you," said {pet}. "No, after you," said {pet2}, and both felt {merry}.
    ? How many steps back did {pet} take? = {number4}
    ? How did they feel at the end? = {merry}
    ? Who went back? = {pet}
    * So {pet2} made room and said, "{saying2}." It took only [a moment|{number5} seconds|one
    breath]. Afterwards the three of them played {game} and felt {merry}.
    ? Who made room? = {pet2}
    ? What did {pet2} say? = {saying2}
    ? What did they play? = {game}
    ? How did they feel at the end? = {merry}

    * On {day2}, they built a second bridge beside the first, with {build.stuff}. They painted it
    {color3}.
    ? When did they build a second bridge? = {day2}
    ? What color was the second bridge? = {color3}
    *

    [A step back can be a step forward.|Who gives way first is not weaker, but wiser.|It is easier
    to cross a bridge than to win a quarrel on it.|Since then, {pet} and {pet2} greet each other
    every {daytime2}.|{pet} learned to wait, and {pet2} learned to smile.]
    """,
    "the new nest": """
    * In {season}, a/an {trait} {animal} named {pet} needed a new home, because [a/an {storm} had
    broken the old one|the old one was too small|the roof had holes]. {pet2} the {animal2} knew a
    place {nook}, and {pet3} the {animal3} knew one {nook2}.
    ? Who knew a place {nook}? = {pet2}
    ? Where was the place that {pet3} knew? = {nook2}
    ? Where was the place that {pet2} knew? = {nook}
    ? What kind of animal was {pet}? = {animal}
    ? When did {pet} need a new home? = {season}

    * The first place was {color} inside and smelled of {fruit.plural}. The second was {color2}
    inside and belonged to {number} {animal4.plural}. "{saying}," said {pet2}. But {pet} was
    {gloomy}.
    ? What did the first place smell of? = {fruit.plural}
    ? Who lived in the second place? = {animal4.plural}
    ? What color was the second place inside? = {color2}
    ? How did {pet} feel? = {gloomy}
    ? What did {pet2} say? = {saying}
    * {pet} slept in the first place for {number} nights, but it was wet. {pet} slept in the
    second for {number2} nights, but it was loud. "I am {gloomy}," said {pet}. "{saying}," said
    {pet3}.
    ? How many nights did {pet} sleep in the first place? = {number}
    ? How many nights did {pet} sleep in the second place? = {number2}
    ? How did {pet} feel? = {gloomy}
    ? What did {pet3} say? = {saying}

    * "Then we will make one," said {pet2} on {day}. {pet2} brought {build.stuff}, {pet3} brought
    a/an {color3} {garment} for the floor, and a/an {animal5} passing by gave them a/an {treasure}
    for the door.
    ? What did {pet2} bring? = {build.stuff}
    ? What did {pet3} bring for the floor? = {garment}
    ? Which animal gave them something for the door? = {animal5}
    ? When did they begin to make it? = {day}
    * A/an {hero.kind} named {hero} saw them from {place}. In the evening {he} left {build.stuff},
    a/an {treasure} and {snack} {nook3}. "For you," whispered {hero}. {pet2} {animal2.cried}, and
    {pet3} {animal3.cried}.
    ? Where did {hero} leave the things? = {nook3}
    ? Where was {hero} when {he} saw them? = {place}

    * They worked for {number3} days. {pet2} dug, {pet3} pulled, and {pet} told them where
    everything should go. When they were tired, they shared {snack2} and played {game}.
    ? How many days did they work? = {number3}
    ? What did they share when they were tired? = {snack2}
    ? What did they play? = {game}
    * The walls were up by {day2}, and the roof was on by {day3}. It was round and {color4}, with
    a tiny window toward {place2}. "{joy}!" said {pet3}.
    ? When was the roof on? = {day3}
    ? When were the walls up? = {day2}
    ? What color was the roof? = {color4}
    ? What did {pet3} say when it was done? = {joy}

    {pet} was {merry}. The first guest was {pet4} the {animal6}, who brought {number4}
    {fruit2.plural} [and a joke|and stayed for supper|in a basket]. [A home is made of
    {build.stuff}, but friends make it warm.|What friends build together stands in any
    {storm3}.|{pet} never had to move again.]
    ? Who was the first guest? = {pet4}
    ? What did the first guest bring? = {fruit2.plural}
    ? How did {pet} feel at the end? = {merry}
    """,
  ]
}
