extension StoryScene {
  /// Stories of people and animals: those that help, and those that are helped.
  static let animalPlots: KeyValuePairs<String, String> = [
    "the helpful animal": """
    @opening

    {hero} had a/an {companion} named {pet}. {neighbor} had a/an {companion2} named {pet2}, which
    could [do tricks|dance|count]. "What can yours do?" asked {friend}. "[Nothing much|Eat and
    sleep]," said {hero}.
    ? What was the name of {hero}'s {companion}? = {pet}
    ? What was the name of {neighbor}'s {companion2}? = {pet2}
    ? What kind of animal was {pet}? = {companion}
    ? What kind of animal was {pet2}? = {companion2}

    @way

    * On {day}, {hero}, {friend} and {pet} went to {place} with a/an {color} basket and a/an
    {color2} blanket. They were looking for {child3}, {friend}'s little {child3.sibling}, who had
    left at {number3} o'clock [and not come back|to play {game}].
    ? When did they go to {place}? = {day}
    ? Who were they looking for? = {child3}
    ? What color was the basket? = {color}
    ? What color was the blanket? = {color2}
    * One {fair} {daytime}, they played {game} {place.at}. {child3}, {friend}'s little
    [brother|sister], was {age2} years old and [ran|hurried|wandered] after a/an {color} {toy}.
    Suddenly {child3} was [gone|nowhere to be seen].
    ? Who was gone? = {child3}
    ? How old was {child3}? = {age2}
    ? What did they play {place.at}? = {game}
    ? What did {child3} run after? = {toy}

    * {hero} felt {fearful}, and {friend} felt {fearful2}. "{saying}," said {hero}, but {his}
    voice shook. Then {pet} lifted {pet.his} head and {companion.cried}. First {pet.he} sniffed
    {nook}, and then {nook2}.
    ? How did {hero} feel? = {fearful}
    ? How did {friend} feel? = {fearful2}
    ? What did {hero} say? = {saying}
    ? Where did {pet} sniff first? = {nook}
    * They called {number} times, and only a/an {animal3} answered. "I am {fearful}," said
    {friend}. "{companion.call}, {companion.call}!" said {pet} and pulled at {hero}'s {color3}
    {garment}. "{pet.He} wants to show us something," said {hero}.
    ? Which animal answered? = {animal3}
    ? How many times did they call? = {number}
    ? How did {friend} feel? = {fearful}
    ? What did {pet} pull at? = {garment}

    * They followed {pet} past {place2}, over a [stream|wall|fallen tree] and {number2} steps to
    the left. And there, {nook3}, sat {child3}! Beside {child3.him} stood {worker}, who had [kept
    watch|lit a lantern|brought a cup of tea].
    ? Where was {child3} [found|]? = {nook3}
    ? Who was there with {child3}? = {worker}
    ? How many steps did they go to the left? = {number2}
    * {pet} sniffed at a/an {treasure}, then at a/an {treasure2} that belonged to {child3}, and
    led them around {place3}. {child3} was sitting {nook3} with {snack}. "What took you so long[,
    {hero}|, {friend}|]?" {child3.he} asked.
    ? What belonged to {child3}? = {treasure2}
    ? Where was {child3} sitting? = {nook3}
    ? What was {child3} eating? = {snack}

    * At home, {elder} gave {pet} {companion.food} and {hero} {snack2}. "A/an {companion} that
    finds people is better than a/an {companion2} that does tricks," said {elder}. {friend} was
    {merry}.
    ? What did {elder} give {hero}? = {snack2}
    ? How did {friend} feel at the end? = {merry}
    * {neighbor} heard about it on {day2}. "{pet2} can only do tricks," {neighbor.he} said, "but
    {pet} is a hero." {hero} was {merry} and gave {pet} a/an {color4} ribbon.
    ? How did {hero} feel at the end? = {merry}
    ? What color was the ribbon? = {color4}
    ? When did {neighbor} hear about it? = {day2}

    @evening
    """,
    "the little lost animal": """
    @opening

    * One {fair} {daytime} in {season}, {hero} heard a small sound {nook}. "{animal.call}," it
    went. There sat a baby {animal}, all alone, [with wet feet|shaking|covered in mud]. A/an
    {animal2} looked on from {place}.
    ? Where did {hero} hear the sound? = {nook}
    ? What kind of baby animal [was it|did {hero} find]? = {animal}
    ? Which animal looked on? = {animal2}
    * On {day}, {friend} came running. "There is a baby {animal} {nook}," {friend.he} said, "and
    {nook2} there is a big {animal2}!" {hero} put on {his} {color} {garment} and they went to see.
    ? Where was the baby {animal}? = {nook}
    ? Where was the {animal2}? = {nook2}
    ? When did {friend} come running? = {day}
    ? What color was {hero}'s {garment}? = {color}

    * It looked {fearful}. {hero} gave it {snack}, but it would not eat. {friend} offered it a/an
    {fruit}, and it turned its head. "{saying}," said {elder}. "It wants {animal.food}."
    ? What did {hero} give to the {animal}? = {snack}
    ? What did {friend} offer the {animal}? = {fruit}
    ? What did {elder} say? = {saying}
    ? What did the {animal} want to eat? = {animal.food}
    * They carried it in a/an {color2} [box|basket|bucket] to {worker}. "It is {number} weeks
    old," {worker} said, "and it needs {animal.food}, not {fruit.plural}. Where there is a baby
    {animal}, there is a mother." {hero} felt {gloomy} for it.
    ? How many weeks old was the {animal}? = {number}
    ? Who[m|] did they carry it to? = {worker}
    ? How did {hero} feel? = {gloomy}

    * "Where [do you live|is your {animal.home}|did you come from], little {animal}?" {hero} asked
    it. They asked a/an {animal3}, which only {animal3.cried}. They looked {place2.at} and found
    {number2} {animal4.plural}, but no {animal}. They looked {place3.at} and met {child3}. "I saw
    one this morning," said {child3}, "{place4.at}!"
    ? Where did {child3} see one? = {place4.at}
    ? Who[m|] did they meet {place3.at}? = {child3}
    ? How many {animal4.plural} did they find? = {number2}
    * {neighbor} thought that it came from {place2}. {child3} thought that it came from {place3}.
    {hero} set it down and let it choose. It went straight toward {place4}, and they walked behind
    it very slowly.
    ? Where did the {animal} go? = {place4}
    ? Where did {neighbor} think that it came from? = {place2}
    ? Where did {child3} think that it came from? = {place3}

    * And there was its mother, big and {merry}! She {animal.cried}, and the little one answered.
    {hero} wanted to keep it, but {elder2} put a hand on {his} shoulder. "[Its mother needs it
    more than we do|It belongs out here|You have done enough], {hero}," {elder2.he} said.
    ? How did the mother look? = {merry}
    ? Who put a hand on {hero}'s shoulder? = {elder2}
    * Something moved {nook3}. It was the mother[ {animal}|]! She had been looking since {day2}.
    {friend} cried a little, and {hero} was {merry}. They called the baby {pet} and waved until it
    was out of sight.
    ? Where was the mother? = {nook3}
    ? What did they call the baby? = {pet}
    ? How did {hero} feel? = {merry}

    [To love an animal can mean to let it go.|A/an {animal} is happiest in its
    {animal.home}.|Small [ones|{animal.plural}] need their mothers.|{friend} drew a picture of the
    baby {animal}.] Sometimes, in {season2}, {hero} still hears a soft "{animal.call}" from far
    away.
    ? When does {hero} still hear it sometimes? = {season2}

    @evening
    """,
  ]
}
