extension StoryScene {
  /// Stories of friends: sharing, meeting, trading, competing, promising.
  static let friendPlots: KeyValuePairs<String, String> = [
    "sharing": """
    @opening

    One {fair} {daytime}, {hero} took {snack} and {number} {fruit.plural} to {place}. {friend} and
    {child3} were there too. {friend} had {snack2}, but {child3} had [nothing at all|no lunch|only
    an empty bag].
    ? What did {friend} have to eat? = {snack2}
    ? How many {fruit.plural} did {hero} take to {place}? = {number}
    ? Who had nothing to eat? = {child3}

    * {hero} had also brought a/an {color} {toy}, while {friend} had a/an {color2} {toy2}.
    {child3} looked at them [and said nothing|with big eyes|from the swing]. "May I [have a
    turn|play too|try the {toy}]?" {child3.he} asked [at last|shyly]. "No," said {hero}. "[It is
    mine|The {toy} is mine|You have to bring your own]."
    ? What color was {friend}'s {toy2}? = {color2}
    ? What color was {hero}'s {toy}? = {color}
    ? Who asked for a turn? = {child3}
    * {child3}'s stomach [rumbled|growled] like a/an {animal}. {friend} [broke|cut] {friend.his}
    food in two and gave one half away. {hero} put {his} {fruit.plural} behind {his} back. "I only
    have {number}," {he} [said|mumbled|thought].
    ? What did {child3}'s stomach sound like? = {animal}
    ? Who gave half of the food away? = {friend}

    * Then a [cheeky|hungry|quick] {animal2} came, snatched {snack.the} and ran off. {hero} felt
    {gloomy}. Now {he} had [less than before|almost nothing|no lunch either]. "{saying}," said
    {friend}. "[There is enough here|Take some of this|We can share {snack2}]."
    ? What did the {animal2} snatch? = {snack}
    ? Which animal snatched the food? = {animal2}
    ? What did {friend} say? = {saying}
    ? How did {hero} feel when the food was gone? = {gloomy}
    * {hero} ate all alone {nook}. [It did not taste good at all|Even {snack.the} tasted of
    nothing|But {snack.the} did not taste good without company]. {He} could hear the others laugh
    and play {game}, and {he} felt {gloomy}. {elder}, who sat on a bench with a/an {treasure},
    asked, "Is it nice over there by yourself?"
    ? Where did {hero} eat? = {nook}
    ? What did the others play? = {game}
    ? Who sat on a bench? = {elder}
    ? How did {hero} feel [all alone|alone]? = {gloomy}

    * {hero} went back. "You can have {number2} of my {fruit.plural}," {he} told {child3}, "and we
    can take turns with everything else." {child3}'s face [lit up|shone like a lamp|became one big
    smile]. "And I can teach you {game2}," said {child3}.
    ? How many {fruit.plural} did {hero} give to {child3}? = {number2}
    ? What did {child3} want to teach {hero}? = {game2}
    * {He} thought about [it|{child3}'s hungry eyes|what {elder9} would say]. Then {he} put
    everything in the middle: the {fruit.plural}, the {treasure2} from {his} pocket, and even the
    last {fruit2}. "This is for [all of us|you too, {child3}|everyone]," {he} said. {child3} chose
    the {treasure2} and {friend} chose the {fruit2}.
    ? What did {child3} choose? = {treasure2}
    ? What did {friend} choose? = {fruit2}

    * They played {place.at} until {neighbor} called them home. {hero} felt {merry}. [Half a lunch
    and two friends are more than a whole lunch alone.|Sharing had made the small things big.|With
    {friend} and {child3} beside {him}, even a/an {fruit5} tasted like a feast.]
    ? Who called them home? = {neighbor}
    ? How did {hero} feel at the end? = {merry}
    * On {day}, {child3} came with a basket of {fruit3.plural}. "These are for [you|you,
    {hero}|{hero} and {friend}]," {child3.he} said, "because you [shared|were kind|gave me
    something, too]." {hero} was {merry}. [What you give away often finds its way back.|Kindness
    comes home again.|From that {day}, the three of them always shared.]
    ? What did {child3} bring on {day}? = {fruit3.plural}
    ? When did {child3} bring the basket? = {day}

    @evening
    """,
    "a new friend": """
    @opening

    @detail

    * On {day}, a new {friend.kind} came to school. {friend.His} name was {friend}, and
    {friend.he} wore a/an {color} {garment} and carried a/an {color2} {garment2}. {child3}
    [whispered|giggled], but {hero} [looked closer|was curious].
    ? When did {friend} come to school? = {day}
    ? What color was {friend}'s {garment}? = {color}
    ? What color was {friend}'s {garment2}? = {color2}
    * A/an {color9} truck stopped at the house next door on {day}. Out came a woman, a/an {trait4}
    old {companion}, and a/an {friend.kind} with a/an {color} {toy}. "That is {friend}," said
    {elder}. "{friend.He} is {age2} years old."
    ? What color was {friend}'s {toy}? = {color}
    ? How old was {friend}? = {age2}
    ? When did the truck [come|stop next door]? = {day}
    ? Which animal came out of the truck? = {companion}

    * {friend} stood alone {nook} and looked {gloomy}. {child3} and the other children were
    playing {game}. {hero} wanted to say something, but {he} felt {fearful} [too|and forgot every
    word].
    ? Where did {friend} stand? = {nook}
    ? How did {friend} look? = {gloomy}
    ? How did {hero} feel? = {fearful}
    ? What were the other children playing? = {game}
    * In the first week, {friend} sat {nook} and spoke to nobody but a/an {animal2}. "Why does
    {friend.he} not play?" asked {child3}. "Maybe {friend.he} is {gloomy}," said {hero}. {elder2}
    nodded. "{saying}," {elder2.he} said.
    ? Where did {friend} sit in the first week? = {nook}
    ? [Which animal did {friend} speak to|To which animal did {friend} speak]? = {animal2}
    ? What did {elder2} say? = {saying}

    * So {hero} took [two|a few] {fruit.plural} and went over. "Hello, I am {hero}. Do you like
    {fruit.plural}?" {friend} shook {friend.his} head. "I like {fruit2.plural}," {friend.he} said
    [softly|in a tiny voice|with a small smile]. "And I like {animal3.plural} a lot."
    ? Which [food|fruit] did {friend} like? = {fruit2.plural}
    ? Which animals did {friend} like? = {animal3.plural}
    * {hero} drew a/an {color3} {animal3} on a piece of paper and held it up. {friend}
    [laughed|smiled|came closer] and drew a/an {color4} {animal4} beside it. "Mine [is called|has
    a name:] {pet}," {friend.he} said.
    ? What animal did {hero} draw? = {animal3}
    ? What animal did {friend} draw? = {animal4}
    ? What color was the {animal4} that {friend} drew? = {color4}
    ? What was the name of {friend}'s {animal4}? = {pet}

    * It turned out that {friend} had lived near {place}, far away, and could already {skill.to}.
    "Can you show me?" asked {hero}. "Only if you show me {place2}," said {friend}.
    ? What could {friend} [already do|do]? = {skill.to}
    ? Where had {friend} lived? = {place}
    ? What did {friend} want to see? = {place2}
    * "Do you know {game2}?" asked {friend}. [Nobody did|Nobody had ever heard of it|Not even
    {child3} did]. So {friend} explained it, and even {child3} [came over|joined in|wanted to
    play]. They played until {number} o'clock, and {hero} won {number2} times.
    ? What game did {friend} explain? = {game2}
    ? Until what time did they play? = {number}
    ? How many times did {hero} win? = {number2}

    * When {elder3} came to pick {him} up, {hero} said, "This is {friend}, my new friend."
    {friend} gave {him} a/an {treasure} and kept a/an {treasure2} that looked [nearly|almost] the
    same. Both were {merry}.
    ? Who came to pick {hero} up? = {elder3}
    ? What did {friend} give {hero}? = {treasure}
    ? How did {hero} and {friend} feel? = {merry}
    * The next day, {friend} did not stand alone. {friend.He} ran straight to {hero} with {snack}
    [in {friend.his} hand|to share]. [A new friend can begin with one small word.|Sometimes a
    friend is only one hello away.|Nobody called {friend} the new {friend.kind} any more.]
    ? What did {friend} have the next day? = {snack}

    @evening
    """,
    "the trade": """
    @opening

    {hero} had a/an {color} {treasure}, but what {he} really wanted was the {color2} {toy} in the
    window of the [old|little|corner] shop. "It costs {number} coins," said {worker}. But {hero}
    had [spent|lost] {number2} coins {place3.at}, and now {his} purse was empty.
    ? What color was the {toy} in the window? = {color2}
    ? What color was the {treasure}? = {color}
    ? How many coins did the {toy} cost? = {number}
    ? How many coins had {hero} [spent or lost|lost or spent] {place3.at}? = {number2}

    * "{saying}," said {elder}. "[Maybe you can trade the {treasure}|You could trade it,
    {hero}|Somebody may want your {treasure}]." So {hero} went to {place}, where {friend} was
    playing {game}. {friend} liked the {treasure} and gave {him} a/an {color3} {garment} for it.
    ? What did {elder} say? = {saying}
    ? What did {friend} give {hero} for the {treasure}? = {garment}
    ? What color was the {garment}? = {color3}
    ? Where did {hero} meet {friend}? = {place}
    * First {he} met {friend}. "I would love to have a/an {treasure}," said {friend},
    "[because|as] mine fell into the water on {day}. You can have my {garment}." They shook hands
    [on it|and were both pleased|{nook3}].
    ? What did {friend} give {hero} for the {treasure}? = {garment}
    ? When did {friend}'s {treasure} fall into the water? = {day}

    * {neighbor} was [cold|freezing], so {hero} gave {neighbor.him} the {garment} and got {snack}
    [and a smile|in return|for it]. {He} nearly ate it, but {child3} looked so {gloomy} that
    {hero} gave it to {child3.him}, and {child3} gave {him} a/an {toy2}.
    ? What did {neighbor} give {hero}? = {snack}
    ? What did {child3} give {hero}? = {toy2}
    ? Who got the {garment} from {hero}? = {neighbor}
    ? How did {child3} look? = {gloomy}
    * At {place2}, {child3} was looking for a/an {garment} for {child3.his} {companion}. "Take
    this one," said {hero}, and {child3} gave {him} a basket of {fruit.plural}. {neighbor} wanted
    the {fruit.plural} for a pie and paid with a/an {toy2}.
    ? What did {child3} give {hero}? = {fruit.plural}
    ? What did {neighbor} [pay with|give {hero}]? = {toy2}
    ? Who wanted to make a pie? = {neighbor}

    * "A/an {toy2}!" said {worker} back at the shop. "My {companion2}, {pet}, has wanted one [for
    years|for a long time]." And so {hero} walked home with the {toy}, feeling {merry}.
    ? What was the name of the {companion2}? = {pet}
    ? How did {hero} feel on the way home? = {merry}
    * But on the way to the shop {he} saw {elder2}, who sat {nook} and looked {gloomy2}. "I had
    a/an {toy2} like that when I was {age2}," {elder2.he} said. {hero} gave it to {elder2.him}.
    {elder2.He} was so {merry} that {hero} forgot the {toy} in the window.
    ? Where did {elder2} sit? = {nook}
    ? Who got the {toy2} [at last|in the end]? = {elder2}
    ? How old was {elder2} when {elder2.he} had a/an {toy2}? = {age2}

    * [It had been a [long|good|busy] {daytime} of trading|What a day of trading it had been|After
    so many trades, {hero} was tired], [and everyone had what they needed|but nobody went home
    with empty hands|and even {friend} was content]. [[Something that is small to you|A small
    {treasure}] can be big to someone else.|The best trade makes [two people|{friend} and
    {neighbor} and {hero}] smile.|A/an {treasure} can be worth more than {number4} coins.]

    @evening
    """,
    "the contest": """
    @opening

    @detail

    {contest} would be {place.at} on {day}, and the prize was {prize}. Last year {friend} had won
    {prize2}. "This year [I will win|it is my turn]," said {hero}. "We will see," said {child3},
    who had practiced since {day2}.
    ? What was the prize this year? = {prize}
    ? What had {friend} won last year? = {prize2}
    ? When was {contest}? = {day}
    ? Who had practiced since {day2}? = {child3}

    * {hero} practiced {number} times a day, even [in the rain|after dark|before breakfast].
    {elder} watched {him} and said, "{saying}." {friend} said, "{saying2}."
    ? How many times a day did {hero} practice? = {number}
    ? What did {elder} say? = {saying}
    ? What did {friend} say? = {saying2}
    * {elder} made {him} {snack} for strength, and {neighbor} lent {him} a/an {color} {garment}
    for luck. {friend} wore a/an {color2} one, and {child3} came in {color3}.
    ? What color did {neighbor} lend {hero}? = {color}
    ? What did {elder} make for {hero}? = {snack}
    ? What color did {friend} wear? = {color2}
    ? What color did {child3} wear? = {color3}

    * On the big day, {hero} felt {fearful}, and {friend} felt {fearful2}. There were {number2}
    children, and the judge was {worker}, who blew a/an {color4} horn. [Off they went!|It
    began!|"Ready, set, go!"]
    ? Who was the judge? = {worker}
    ? How did {hero} feel on the big day? = {fearful}
    ? How did {friend} feel on the big day? = {fearful2}
    ? How many children were there? = {number2}
    * There were {number2} children and one {animal}, which nobody had invited. The judge was
    {worker}, and {neighbor} counted the points. {hero}'s heart was beating like a drum.
    ? Who was the judge? = {worker}
    ? Who counted the points? = {neighbor}
    ? How many children were there? = {number2}
    ? Which animal [was there|came]? = {animal}

    * {hero} was doing well. Then {he} saw that {child3} had [hurt|twisted] {child3.his} foot and
    sat {nook}. {hero} stopped. "{saying3}," {he} said, and helped {child3} up. {friend} [came in
    first|won], and {hero} came in last.
    ? Who [came in first|won]? = {friend}
    ? Who was hurt? = {child3}
    ? Where did {child3} sit? = {nook}
    ? What did {hero} say to {child3}? = {saying3}
    * It was [close|a close thing|exciting until the end]. {child3} was ahead, then {friend}, then
    {hero}. In the last minute a/an {animal2} ran across and {friend} stumbled. {child3} won by [a
    nose|one point|a hair]. {hero} came in second, right before {friend}.
    ? Who [won|came in first]? = {child3}
    ? Who came in second? = {hero}
    ? Which animal ran across? = {animal2}

    * {hero} did not get the prize. But {elder2} gave {him} {snack2} and a big hug. "I saw [what
    you did|how you practiced|you smile at {friend}]," {elder2.he} said. "I am proud of [you|my
    {hero}]." And {hero} felt {merry}, [more than if {he} had won|from head to toe|and a little
    hungry].
    ? What did {elder2} give {hero}? = {snack2}
    ? How did {hero} feel at the end? = {merry}
    * "Well done!" said {hero} to the winner, and {he} meant it. They all shared a bowl of
    {fruit.plural} and talked about next year. [Winning is nice, but trying with friends is
    nicer.|One can lose {contest} and still have a fine day.|{friend} and {hero} decided to
    practice together.]
    ? What did they all share? = {fruit.plural}

    @evening
    """,
    "the promise": """
    @opening

    * "Will you {chore} on {day}?" asked {elder}. "I promise," said {hero}. "And will you {chore2}
    for {neighbor} on {day2}?" "That too," said {hero} [quickly|without thinking|and ran off].
    ? What did {hero} promise to do on {day}? = {chore}
    ? What did {hero} promise to do on {day2}? = {chore2}
    ? When would {hero} {chore}? = {day}
    * {neighbor} was going away for {number} days. "Could you look after {pet}, my {companion}?"
    {neighbor.he} asked. "{pet} needs {companion.food} and fresh water every {daytime}. And please
    {chore} on {day}." {hero} promised.
    ? For how many days was {neighbor} going away? = {number}
    ? What was the {companion} called? = {pet}
    ? What [should|did] {hero} promise to do on {day}? = {chore}
    ? When should {hero} {chore}? = {day}

    * But on {day}, {friend} stood at the door with a/an {color} {toy}. "Come on, {child3} and I
    are going to {place} to play {game}!" {hero} [wanted to go so much|jumped up|already had one
    shoe on].
    ? What did {friend} have in {friend.his} hand? = {toy}
    ? What color was {friend}'s {toy}? = {color}
    ? Where were {friend} and {child3} going? = {place}
    * Then {friend} called. "There is a fair {place.at}, with {number2} rides and {snack} for
    everyone! {child3} is coming at {number3} o'clock." It was {day}, the day of the promise.
    ? How many rides were there at the fair? = {number2}
    ? At what time was {child3} coming? = {number3}
    ? What was there for everyone [at the fair|]? = {snack}

    * {hero} went with them. They had fun, but something [pinched|poked] {him} inside. {He} saw
    a/an {animal2} and thought of the promise. {He} felt {gloomy}. "I have to go," {he} told
    {friend}. "I gave [{elder9}|them|] my word."
    ? How did {hero} feel? = {gloomy}
    ? Which animal made {hero} think of the promise? = {animal2}
    * {hero} looked at the door, and then at the {treasure} that {elder2} had given {him} with the
    words, "{saying}." {He} sighed [and put the {treasure} away|]. "I cannot [come|go with you],
    {friend}," {he} said. "I made a promise [to {elder}|for {day}|]." {friend} looked {gloomy}.
    ? Who gave {hero} the {treasure}? = {elder2}
    ? How did {friend} look? = {gloomy}
    ? What [had {elder2} said|were {elder2}'s words]? = {saying}

    * So {he} {chore.did}. It took [a long time|{number5} hours], and the sun was hot. Halfway
    through, {friend} came back. "{saying2}," {friend.he} said. "With [two|{hero} and me] it goes
    faster." Even {child3} came and brought {snack2}.
    ? What did {child3} bring? = {snack2}
    ? What did {friend} say when {friend.he} came back? = {saying2}
    * {He} {chore.did} all alone, and it was not so bad. {He} even found a/an {color2} {treasure2}
    {nook} and saw {number4} {animal3.plural}.
    ? What did {hero} find {nook}? = {treasure2}
    ? Where did {hero} find the {treasure2}? = {nook}
    ? How many {animal3.plural} did {hero} see? = {number4}

    * "You kept your word," said {worker}, who had seen it all [from the road|over the fence].
    {worker.He} gave {him} a/an {fruit}. {hero} felt {merry}.
    ? Who gave {hero} a/an {fruit}? = {worker}
    ? How did {hero} feel at the end? = {merry}
    * In the evening {hero} was tired but {merry}. [A promise is like an egg: easy to break and
    hard to mend.|A promise that is kept makes two people happy.|A word means more than any
    {game}.|{elder9} would have been proud.]
    ? How did {hero} feel in the evening? = {merry}

    @evening
    """,
  ]
}
