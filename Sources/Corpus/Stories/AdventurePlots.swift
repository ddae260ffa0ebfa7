extension StoryScene {
  /// Stories of going out: journeys, treasures, wishes.
  static let adventurePlots: KeyValuePairs<String, String> = [
    "a journey": """
    @opening

    * In {season}, {hero} and {elder} went to visit {elder2}, who lived near {place}. First they
    took a/an {vehicle}, then a/an {vehicle2}, and the last part they went by {vehicle3}.
    ? Who did {hero} and {elder} visit? = {elder2}
    ? What did they take first? = {vehicle}
    ? How did they go the last part? = {vehicle3}
    ? In which season did they go? = {season}
    * "Pack your bag," said {elder} on {day}. "We are going to see {elder2} by {vehicle}." {hero}
    packed a/an {color} {garment}, a/an {treasure} and {number} {fruit.plural}. "{elder3} would
    have liked to come too, but {elder3.he} has a cold."
    ? How did they go to {elder2}? = {vehicle}
    ? Who had a cold? = {elder3}
    ? How many {fruit.plural} did {hero} pack? = {number}
    ? When did they pack? = {day}

    * In the {vehicle}, {hero} sat next to {worker}, who had a/an {companion} in a basket. "Its
    name is {pet}," {worker} said, "and it likes {companion.food}." The {companion}
    {companion.cried}. Behind them, {neighbor} [slept|snored|read a newspaper].
    ? Who sat next to {hero}? = {worker}
    ? What was the name of the {companion}? = {pet}
    ? What animal was in the basket? = {companion}
    ? Who sat behind them? = {neighbor}
    * From the window {he} saw {number2} {animal.plural} {place2.at} and {number3}
    {animal2.plural} {place3.at}. {elder} told {him} a story about a/an {color2} {animal3} until
    {hero} [fell asleep|dozed off].
    ? How many {animal.plural} did {hero} see? = {number2}
    ? How many {animal2.plural} did {hero} see? = {number3}
    ? Where did {hero} see the {animal2.plural}? = {place3.at}
    ? What was {elder}'s story about? = {animal3}

    * But then the {vehicle} stopped and would not go on. A driver in a/an {color3} coat
    [shook|scratched] his head. "{saying}," said {elder}. "[We can walk|Our feet still work|It is
    only {number6} miles on foot]." So they walked past {place4}, and {hero} felt {gloomy} [with
    every step|because {his} feet hurt|as the sun went down].
    ? What color was the driver's coat? = {color3}
    ? How did {hero} feel on the walk? = {gloomy}
    ? What did {elder} say when the {vehicle} stopped? = {saying}
    * They got off too early, {place4.at}. It was getting dark, and {hero} was {gloomy}. "Excuse
    me," {he} asked {friend}, a/an {friend.kind} with a/an {color3} {garment2}, "how do we get to
    {elder2}?" "{saying}," said {friend}. "Turn left at the {color4} house."
    ? Where did they get off? = {place4.at}
    ? Who told them the way? = {friend}
    ? What color was {friend}'s {garment2}? = {color3}
    ? How did {hero} feel when they got off? = {gloomy}

    * There was a light {nook2}, and {elder2} came running with {elder2.his} arms wide open.
    {elder2.He} had made {snack} for {hero} and {snack2} for {elder}. {hero} had never been so
    {merry}.
    ? What had {elder2} made for {hero}? = {snack}
    ? What had {elder2} made for {elder}? = {snack2}
    ? How did {hero} feel at the end? = {merry}
    * "There you are!" said {elder2}. "I waited {number4} hours." {elder2.He} gave {hero} a/an
    {color4} {toy} that had been in the house for {number5} years. "It was worth the long way,"
    said {hero}.
    ? What did {elder2} give {hero}? = {toy}
    ? What color was the {toy}? = {color4}
    ? How many hours did {elder2} wait? = {number4}

    * A long way is [short|half as long] when [somebody|{elder2}] waits at the end of it.
    * On the way back, {hero} looked at everything twice, because now {he} knew where to look.
    * {hero} wanted to stay until {day2}, and {elder} said yes, [because|as] {elder.he} wanted it
    too.
    ? Until when did {hero} want to stay? = {day2}
    """,
    "the treasure map": """
    @opening

    * One {daytime}, {spot}, {hero} found an old {color} box. In it were a/an {treasure}, a/an
    {treasure2}, and a map with a big {color2} cross. {He} ran to {friend}'s house [at once|as
    fast as {he} could|without {his} shoes].
    ? What color was the cross on the map? = {color2}
    ? What color was the box? = {color}
    ? Where did {hero} find the box? = {spot}
    * On {day}, {elder} gave {hero} a folded map. "I drew it when I was {age2}," {elder.he} said.
    "I hid my {treasure} and my {treasure2}, and then I forgot where." {hero} showed it to
    {friend}, who was having {snack}.
    ? How old was {elder} when {elder.he} drew the map? = {age2}
    ? Who gave {hero} the map? = {elder}
    ? What was {friend} having? = {snack}
    ? When did {hero} get the map? = {day}

    @way

    * "Start {place.at}," read {friend}, "then go {number} steps toward {place2} and {number2}
    steps toward {place3}." They counted aloud[ and mixed up {number} and {number2}|, first
    {friend} and then {hero}|]. A/an {animal} followed them and {animal.cried} at every step.
    ? Where did the map start? = {place.at}
    ? How many steps did they go toward {place2}? = {number}
    ? How many steps did they go toward {place3}? = {number2}
    ? Which animal followed them? = {animal}
    * The map led them to {place} first, where they had to answer a riddle. "What has [hands but
    no fingers|a face but no eyes|hands and a face, and cannot wave]?" "A clock!" said {friend}.
    Then it led them to {place2} and last to {place3}. {hero} wore a/an {color3} {garment} like a
    real pirate.
    ? Who answered the riddle? = {friend}
    ? Where did the map lead them first? = {place}
    ? Where did the map lead them last? = {place3}
    ? What color was {hero}'s {garment}? = {color3}

    * They dug {nook} [and found nothing|for an hour|until their arms ached]. They dug {nook2}.
    Only an old {treasure3} [came up|lay there|was there]. {friend} felt {gloomy}. "{saying},"
    said {hero} and turned the map around. "We held [it|the map|this {color9} paper] [wrong|upside
    down|the wrong way]! It must be {nook3}."
    ? What did they find {nook2}? = {treasure3}
    ? Where did they dig first? = {nook}
    ? Where did {hero} think it must be? = {nook3}
    ? How did {friend} feel? = {gloomy}
    ? What did {hero} say? = {saying}
    * {nook}, they met {child3}, who was digging too. "I have the other half of [the map|your
    map|it]," {child3.he} said. "{saying}," said {friend}. They put both halves together: the
    place was {nook3}, not {nook2}.
    ? Who had the other half of the map? = {child3}
    ? Where was the place [on the map|]? = {nook3}
    ? What did {friend} say? = {saying}

    * [There it was!|{friend}'s hand hit wood.|At {number2} o'clock they had it.] They lifted out
    a/an {toy}, {number3} coins and a letter. "Whoever finds this," it said, "may keep the {toy},
    but must share {fruit.plural} with {fruit2.plural} of laughter." That made no sense, and they
    laughed until they felt {merry}.
    ? How many coins did they find? = {number3}
    ? What did they lift out? = {toy}
    ? How did they feel? = {merry}
    * In the hole lay a/an {color4} {toy} and {number3} buttons. "Is that all?" asked {friend}.
    But {worker2} said, "That {toy} is a hundred years old! We must take it to {place4}." So they
    [took|carried|brought] it there and felt {merry}.
    ? What color was the {toy}? = {color4}
    ? Who said that the {toy} was old? = {worker2}
    ? Where did they take the {toy}? = {place4}
    ? How did they feel? = {merry}

    * [The best part was not the {toy} but the search.|{friend} said that looking had been better
    than finding.|{hero} kept the map in a/an {color5} frame.] [They would tell [this story|the
    story of the {treasure}] for years.|That same {daytime2}, they began to draw a map of their
    own.|On {day9}, they hid a/an {treasure9} for somebody else to find.]

    @evening
    """,
    "three wishes": """
    @opening

    One {fair} {daytime}, {hero} found a/an {color} {treasure} {nook}. When {he} rubbed it, a tiny
    [man|woman|fairy] in a/an {color2} {garment} hopped out. "I am {pet}," said the little voice.
    "[You may have three wishes|Three wishes are yours|Because you found my {treasure}, you get
    three wishes]."
    ? What color was the {treasure}? = {color}
    ? What color was the {garment}? = {color2}
    ? Where did {hero} find the {treasure}? = {nook}
    ? What was the name of the tiny [person|stranger]? = {pet}

    * {hero} did not think for long. "I wish I could {wish}!" [Whoosh!|Zing!|Puff!|And in
    {number4} seconds it came true.] It was fun for {number} minutes. Then {he} [felt|became]
    {gloomy}, because {friend} could not come along.
    ? What was {hero}'s first wish? = {wish}
    ? How did {hero} feel after the first wish? = {gloomy}
    ? How many minutes was it fun? = {number}
    * {He} asked {friend}. "I would {wish2}," said {friend}. {He} asked {child3}. "I would
    {wish3}," said {child3}. But {hero} wished to {wish}, and at once it came true. It was
    [strange|dizzying], and {he} felt {gloomy}.
    ? What would {friend} wish? = {wish2}
    ? What would {child3} wish? = {wish3}
    ? What did {hero} wish? = {wish}
    ? How did {hero} feel? = {gloomy}

    * With the second wish {he} asked for {number2} {fruit.plural} and got {number3}
    {animal.plural} instead. They {animal.cried} all over the house and ate {snack} that {elder}
    had just made. "{saying}," said {pet}, [laughing|and shrugged].
    ? What did {hero} get instead of {fruit.plural}? = {animal.plural}
    ? What did the {animal.plural} eat? = {snack}
    ? How many {animal.plural} came? = {number3}
    ? What did {pet} say? = {saying}
    * The second wish was for a/an {color3} {toy}. It came, but it was as big as [a house|a barn|a
    ship], and it stood {place.at} where everyone could see it. {neighbor} was {gloomy2} about it,
    and {worker} bumped right into it.
    ? What was the second wish for? = {toy}
    ? Where did the {toy} stand? = {place.at}
    ? Who bumped into the {toy}? = {worker}
    ? What color was the {toy}? = {color3}

    * "Think well," said {pet}. "[There is only one wish left|You have one wish left|Only one is
    left, {hero}]." {hero} sat down beside a/an {animal2} and thought. {elder2} always said,
    "{saying2}." Now {he} knew what {he} wanted[ more than anything|, and it was no {toy9}|]. "I
    wish that everything were as it was [this morning|on {day3}|before I found the {treasure}]."
    ? What did {elder2} always say? = {saying2}
    ? Which animal did {hero} sit beside? = {animal2}
    * "And the last wish?" asked {pet}. {hero} looked at {friend}, who had been {gloomy3} since
    {day}, because {friend.his} {companion3} was ill. "Make {friend}'s {companion3} well again,"
    said {hero}.
    ? Which animal was ill? = {companion3}
    ? How had {friend} been since {day}? = {gloomy3}
    ? Since when had {friend} been [like that|{gloomy3}]? = {day}

    * [Whoosh!|Puff!] The tiny stranger was gone, and the {treasure} was only a/an {treasure}.
    {hero} put it {spot}. {He} felt {merry}.
    ? Where did {hero} put the {treasure}? = {spot}
    ? How did {hero} feel at the end? = {merry}
    * In the evening {he} ate {snack2} with {elder3}. "If you had a wish, what would it be?" asked
    {elder3}. "Nothing," said {hero}, "I am {merry} [as it is|right here|already]."
    ? Who[m|] did {hero} eat with? = {elder3}
    ? How did {hero} feel in the evening? = {merry}
    ? What did {hero} eat in the evening? = {snack2}

    @evening
    """,
  ]
}
