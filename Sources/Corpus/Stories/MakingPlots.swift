extension StoryScene {
  /// Stories of making and learning: building, practicing, gardens, cooking.
  static let makingPlots: KeyValuePairs<String, String> = [
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
  ]
}
