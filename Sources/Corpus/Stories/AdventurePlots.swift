extension StoryScene {
  /// Stories of going out: building, learning, journeys, gardens, treasure, wishes, cooking.
  static let adventurePlots: KeyValuePairs<String, String> = [
    "building": """
    @opening

    One {fair} {daytime} in {season}, {hero} had an idea. "Let us build {build}!" {he} said to
    {friend}. They chose a place {nook}. From {worker} they got {build.stuff}, and {elder} lent
    them a/an {color} bucket and a/an {color2} hammer.
    ? What did {hero} want to build? = {build}
    ? Who gave them {build.stuff}? = {worker}
    ? Where did they want to build it? = {nook}
    ? What color was the hammer? = {color2}
    ? What color was the bucket? = {color}
    ? In which season did they build it? = {season}

    * {friend} wanted it to be {color3}, but {hero} wanted it to be {color4}. They argued until
    {child3} said, "{saying}. [Paint one side each|Why not both|One side {color3} and one side
    {color4}]." So [they did both|half of it became {color3} and half of it {color4}|both had
    their way].
    ? What color did {friend} want? = {color3}
    ? What color did {hero} want? = {color4}
    ? What did {child3} say? = {saying}
    * {hero} carried {number} loads and {friend} carried {number2}. {child3}, who was only {age2},
    carried a single {treasure} and was very proud of it.
    ? How many loads did {hero} carry? = {number}
    ? How many loads did {friend} carry? = {number2}
    ? How old was {child3}? = {age2}
    ? What did {child3} carry? = {treasure}

    * By noon the {build.noun} was almost done. Then something went wrong: {build.flaw}! {friend}
    felt {gloomy} and [sat down|threw up {friend.his} hands|kicked a stone]. "{saying2}," said
    {hero}.
    ? What went wrong? = {build.flaw}
    ? How did {friend} feel when it went wrong? = {gloomy}
    ? What did {hero} say when it went wrong? = {saying2}
    * It looked [good|fine] until a/an {animal} ran right through it. And after that,
    {build.flaw}. {hero} was {gloomy}, {friend} was {gloomy2}, and the {animal} {animal.cried}.
    ? Which animal ran through it? = {animal}
    ? How did {hero} feel when it went wrong? = {gloomy}
    ? How did {friend} feel when it went wrong? = {gloomy2}

    * They asked {neighbor} for help. {neighbor.He} looked at the {build.noun}, scratched
    {neighbor.his} chin and fetched a/an {treasure2}. "[Try it with this|A/an {treasure2} can do
    wonders|Use this, {hero}]," {neighbor.he} said. They ate {snack} and began once more.
    ? Who[m|] did they ask for help? = {neighbor}
    ? What did {neighbor} fetch? = {treasure2}
    ? What did they eat? = {snack}
    * They ate {number3} {fruit.plural} and thought hard. "What if we [turn it around|start at the
    bottom|make it smaller]?" said {child3}. They tried it on {day}, and it failed, but when they
    tried it again on {day2}, it held!
    ? How many {fruit.plural} did they eat? = {number3}
    ? When did it [work|hold]? = {day2}
    ? When did it fail? = {day}

    * At last the {build.noun} stood there, with {build.top} on top. A/an {animal2} sat down on it
    at once. "Our first guest!" [laughed|cried] {friend}. They all felt {merry}.
    ? What was on top of the {build.noun}? = {build.top}
    ? Which animal was the first guest? = {animal2}
    ? How did they feel at the end? = {merry}
    * They put {build.top} on it and a small {color5} {garment} beside it. "Who built this?" asked
    {elder2}. "All of us," said {hero}. [Many hands make [hard|heavy] work light.|A/an
    {build.noun} needs more than one pair of hands.|When a/an {build.noun} falls down, you can
    build it up again.]
    ? Who asked who had built it? = {elder2}
    ? What color was the {garment}? = {color5}

    @evening
    """,
    "learning": """
    @opening

    @detail

    {friend} was good at {skill}, and {child3} was good at {skill2}. {hero} could do neither. "I
    want to {skill.to} too," {he} told {elder} on {day}. "{saying}," said {elder}.
    ? What was {friend} good at? = {skill}
    ? What was {child3} good at? = {skill2}
    ? What did {hero} want to learn? = {skill.to}
    ? What did {elder} say? = {saying}

    * So they went to {place}, and {hero} tried. {He} {skill.slip}. [Two boys|A man on a
    bench|{number5} children|{neighbor2}] laughed. {hero} felt {gloomy} and hid {nook}.
    ? How did {hero} feel [after the first try|when the others laughed]? = {gloomy}
    ? Where did {hero} hide? = {nook}
    ? Where did they go so that {hero} could learn it? = {place}
    * The first time, {hero} {skill.slip}. The second time, [the same thing happened|it was no
    better|it was even worse]. "I quit!" {he} said and threw down {his} {color} {garment}.
    {neighbor}, in a/an {color2} {garment2}, picked it up for {him}.
    ? What color was {hero}'s {garment}? = {color}
    ? What color was {neighbor}'s {garment2}? = {color2}
    ? Who picked up the {garment}? = {neighbor}

    * Then {he} watched a baby {animal} that was learning to walk. It fell down {number} times and
    got up {number} times. Its mother {animal.cried} [kindly|and waited]. "If a/an {animal} can do
    it, so can I," thought {hero}.
    ? Which animal was learning to walk? = {animal}
    ? How many times did the {animal} fall down? = {number}
    * Just then, {worker} came by. "I needed {number} weeks to learn it," {worker.he} said, "and
    my brother needed {number2}. [Nobody laughs now.|Now look at me!|Now I practice every
    {day9}.]" And {worker.he} showed {him} [a trick|how to begin|where to look].
    ? Who came by? = {worker}
    ? How many weeks did {worker} need [to learn it|]? = {number}
    ? How many weeks did the brother need? = {number2}

    * After that {hero} tried a little every {daytime}. {friend} helped {him} on {day2}, and
    {elder2} on {day3}. When {he} was tired, {he} ate {snack} and tried again. [One day|All of a
    sudden], {he} {skill.did}!
    ? Who helped {hero} on {day2}? = {friend}
    ? Who helped {hero} on {day3}? = {elder2}
    ? What did {hero} eat when {he} was tired? = {snack}
    * {friend} held {his} hand and did not let go. "{saying2}," {friend.he} said. Day after day
    they went back, and on {day2} {hero} {skill.did}. "I did it!" {he} shouted so loudly that
    {number3} {animal2.plural} ran away.
    ? What did {friend} say? = {saying2}
    ? When did {hero} do it at last? = {day2}
    ? How many {animal2.plural} ran away? = {number3}

    * {elder} clapped, and {friend} was {merry2}. {hero} was {merry}. [It had taken many tries,
    but each one had taught {him} something.|Nobody begins as a master.|Even {worker2} came to
    watch.]
    ? How did {hero} feel at the end? = {merry}
    * The next day a small {child9.kind} named {child9} stood there, looking {gloomy2}. "I cannot
    {skill.to}," {child9.he} said. {hero} smiled. "I could not do it either[, until {day2}|, not
    long ago|]," {he} said. "[Shall I show you?|Do you want me to help you?|Come back on {day9},
    and we will try together.]"
    ? Who[m|] did {hero} want to show it to? = {child9}
    ? How did {child9} look? = {gloomy2}

    @evening
    """,
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
    "the garden": """
    @opening

    In {season}, {elder} gave {hero} {number} {plant} seeds and gave {friend} {number2} {plant2}
    seeds. {hero} planted them {nook}, in [a corner of the yard|black earth|a neat row]. {friend}
    planted {friend.his} seeds {nook2}.
    ? How many seeds did {hero} get? = {number}
    ? How many seeds did {friend} get? = {number2}
    ? What did {friend} plant? = {plant2}
    ? Where did {hero} plant the seeds? = {nook}
    ? Where did {friend} plant the seeds? = {nook2}
    ? Who gave {hero} the seeds? = {elder}

    * Every {daytime}, {hero} watered them with a/an {color} can. Nothing happened on {day}, and
    nothing happened on {day2}. "They are sleeping," said {elder2}. "{saying}."
    ? What color was the can? = {color}
    ? What did {elder2} say? = {saying}
    * {hero} looked every hour. {He} [sang|talked] to the seeds, [read to them|played the
    {instrument9} for them|told them jokes], and once {he} even dug one up. "{saying}," said
    {neighbor} over the fence, with a/an {color} {garment} on {neighbor.his} arm. {hero} was
    {gloomy}.
    ? Who spoke over the fence? = {neighbor}
    ? What did {neighbor} say? = {saying}
    ? How did {hero} feel? = {gloomy}

    * After {number3} days, a tiny green leaf came out. But in the night a/an {animal} nibbled at
    it. {hero} felt {gloomy2}. {friend} helped {him} to build a little fence of
    [sticks|stones|wire], and {child3} made a/an {build2.noun}, just in case.
    ? After how many days did a leaf come out? = {number3}
    ? Which animal nibbled at the leaf? = {animal}
    ? Who helped {hero} to build a fence? = {friend}
    ? What did {child3} make? = {build2.noun}
    * Then came a week without rain, and {hero} [forgot|was too busy] to water. On {day3} the
    {plant} leaves hung down. {He} ran for water, while {friend} held a/an {color2} umbrella over
    them like a roof. A/an {animal} watched and {animal.cried}.
    ? When did the leaves hang down? = {day3}
    ? What color was the umbrella? = {color2}
    ? Which animal watched? = {animal}

    * By {season2}, {plant.bloom} had come out. Even {worker} stopped to look. "How did you [do
    that|grow this|get {plant.bloom}]?" {worker.he} asked. "I waited," said {hero}. {He} gave
    {worker.him} one {plant} and kept {number4} for {elder}.
    ? What grew by {season2}? = {plant.bloom}
    ? Who stopped to look? = {worker}
    ? How many did {hero} keep for {elder}? = {number4}
    * Weeks later, {plant.bloom} could be seen on {hero}'s side and {plant2.bloom} on {friend}'s.
    {hero} was {merry}. They invited {child3}, who brought {snack} and a/an {companion2}.
    ? What grew on {hero}'s side? = {plant.bloom}
    ? What grew on {friend}'s side? = {plant2.bloom}
    ? What did {child3} bring to eat? = {snack}
    ? How did {hero} feel? = {merry}

    * [Some things cannot be hurried.|What grows slowly is loved the most.|A/an {plant} has its
    own clock.|{elder} said that waiting is half of gardening.] Next year, {hero} wants to grow
    {plant3.plural}.
    ? What does {hero} want to grow next year? = {plant3.plural}
    * {hero} put a few seeds into a/an {color3} envelope, for the next {season}.
    ? What color was the envelope? = {color3}

    @evening
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
    "cooking": """
    @opening

    @detail

    On {day}, {hero} wanted to make {dish} for {elder}, who was [sick in bed|coming home late|very
    tired]. {elder2} had shown {him} how. {He} needed {dish.first}, {dish.second} and
    {dish.missing}. {friend} came to help and put on a/an {color} apron.
    ? What did {hero} want to make? = {dish}
    ? Who had shown {hero} how to make {dish}? = {elder2}
    ? For whom did {hero} make {dish}? = {elder}
    ? What color was the apron? = {color}
    ? When did {hero} make {dish}? = {day}

    * {hero} found the {dish.first} {spot} and the {dish.second} {spot2}. But they had run out of
    {dish.missing}! {hero} was {gloomy}. "{saying}," said {friend}. "We can ask {neighbor}."
    ? What was missing? = {dish.missing}
    ? How did {hero} feel when something was missing? = {gloomy}
    ? What did {friend} say? = {saying}
    * {hero} took out {number} bowls and {number2} spoons. "I cannot find the {dish.missing},"
    said {friend}. They looked {spot} and {spot2}. "{saying}," said {hero}. "{neighbor} always has
    some."
    ? What could {friend} not find? = {dish.missing}
    ? How many bowls did {hero} take out? = {number}
    ? How many spoons did {hero} take out? = {number2}
    ? Where did they look first? = {spot}

    * {neighbor} was feeding {neighbor.his} {companion}. "Take [what|all that] you need, {hero},"
    {neighbor.he} said, "and bring me a taste." On the way back they met {child3}, who was eating
    {snack}, and {child3} came along.
    ? Who came along? = {child3}
    ? What was {child3} eating? = {snack}
    ? What animal did {neighbor} have? = {companion}
    * {neighbor} was not at home, but {worker} was. "You can have mine," {worker.he} said, "for
    a/an {fruit} and a joke." {friend} told a joke about a/an {animal} and a/an {animal2}, and
    {worker} laughed [loudly|until {worker.he} cried].
    ? Who gave them what they needed? = {worker}
    ? What did {worker} want besides a joke? = {fruit}

    * {hero} mixed everything in a/an {color2} bowl, {friend} {dish.verb} it, and little {child4}
    watched the clock. It took {number3} minutes. {hero} got flour on {his} {garment}, and
    {friend} got some on {friend.his} {garment2}.
    ? What color was the bowl? = {color2}
    ? How many minutes did it take? = {number3}
    ? Who watched the clock? = {child4}
    ? What did {hero} get flour on? = {garment}
    * While {friend} sang a song about {animal3.plural}, {hero} {dish.verb} it with a/an {color2}
    spoon. Soon the house smelled like {place.at} [on a holiday|in the old days|on a feast day].
    But they had made far too much: enough for {number3} people!
    ? What did {friend} sing about? = {animal3.plural}
    ? What color was the spoon? = {color2}
    ? For how many people was it enough? = {number3}

    * {elder} took one bite and closed {elder.his} eyes. "{joy}!" {elder.he} said. "[It is the
    best I ever had|It tastes like {season}|Nobody makes better {dish}]." {hero} was {merry}.
    ? What did {elder} say? = {joy}
    ? How did {hero} feel at the end? = {merry}
    * It was a little [too sweet|too dark|too soft], but {elder} ate {number4} helpings and felt
    {merry}. The rest went to {neighbor2}. [Food that is made with love tastes best.|A meal is a
    gift that you can smell.|Next time, {hero} and {friend} will make {dish2}.]
    ? How many helpings did {elder} eat? = {number4}
    ? Who got the rest? = {neighbor2}
    ? How did {elder} feel? = {merry}

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
