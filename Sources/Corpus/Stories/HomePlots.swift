extension StoryScene {
  /// Stories of home: things lost and broken, storms, noises, truths and secrets.
  static let homePlots: KeyValuePairs<String, String> = [
    "lost and found": """
    @opening

    * Of all {his} things, {hero} loved {his} {color} {toy} the most. It had been a present from
    {elder}. {friend} had a/an {color2} {toy2}, but {hero} [thought that|was sure that|knew that]
    nothing was as fine as the {toy}.
    ? What color was {hero}'s {toy}? = {color}
    ? What color was {friend}'s {toy2}? = {color2}
    ? Who gave {hero} the {toy}? = {elder}
    * For {his} birthday, {hero} got a/an {color} {toy} from {elder} and a/an {color2} {toy2} from
    {friend}. {He} [took|carried] the {toy} everywhere, even [to breakfast|to bed|to the bath|to
    the dentist].
    ? What color was the {toy}? = {color}
    ? What color was the {toy2}? = {color2}
    ? Who gave {hero} the {toy}? = {elder}
    ? Who gave {hero} the {toy2}? = {friend}

    * One {fair} {daytime}, the {toy} was [gone|nowhere to be seen|missing]. {hero}
    [searched|looked|checked] {spot} and found only dust. Then {he} looked {spot2} and found [a/an
    {treasure}|a lost {treasure}|a dusty {treasure}].
    ? What did {hero} find {spot2}? = {treasure}
    ? Where did {hero} look first? = {spot}
    * On {day}, the {toy} [disappeared|was gone|was not in its place]. {hero} felt {gloomy}. {He}
    looked {spot} and {spot2}, but there was [nothing but|only] a/an {treasure} [and some dust|and
    an old sock|].
    ? When [did the {toy} disappear|was the {toy} gone]? = {day}
    ? How did {hero} feel when the {toy} was gone? = {gloomy}

    * "{friend}, have you seen my {toy}?" [asked {hero}|{hero} asked]. {friend} shook {friend.his}
    head. "{saying}," {friend.he} said. "[Let us|We can|We should] look together[ for your {toy}|,
    room by room|]."
    ? What did {friend} say? = {saying}
    * "What is the matter?" asked {elder2}. "I cannot find my {toy}," said {hero} [in a small
    voice|with a sniff|and wiped {his} nose]. "{saying}," said {elder2}. "Where did you
    [have|see|leave] [it|the {toy}] last?"
    ? What did {elder2} say to {hero}? = {saying}
    ? Who asked {hero} what was the matter? = {elder2}

    * They searched {spot3} [without luck|and found {number9} crumbs|in vain]. At last {friend}
    peeked {spot4} and [shouted|laughed|called out], "Here it is!" The {toy} was [covered in
    dust|a little bent|as good as ever], and a/an {animal} was sleeping [next to|right beside|on
    top of] it.
    ? Where was the {toy} [found|in the end]? = {spot4}
    ? Who found the {toy}? = {friend}
    ? Which animal was sleeping [by the {toy}|near the {toy}]? = {animal}
    * In the end it was {child3} who found the {toy} {spot4}. {child3.He} had been looking for
    [{child3.his}|an old|a lost] {garment} [all along|there|since lunch]. "{friend} and I looked
    everywhere but there!" said {hero}.
    ? Who found the {toy}? = {child3}
    ? Where was the {toy} [found|in the end]? = {spot4}
    ? What was {child3} looking for? = {garment}

    * {hero} [hugged|held|squeezed] the {toy} and felt very {merry}. From then on, {he} put it
    [back|away] {spot5} [every night|each evening|after playing], so that it would never be lost
    again.
    ? How did {hero} feel [at the end|when the {toy} was found]? = {merry}
    ? Where did {hero} put the {toy} from then on? = {spot5}
    * "Thank you," said {hero}, and gave {friend} a/an {fruit} [to share|as a reward|from the
    kitchen]. {He} had learned that [things stay safe when they have a place|two pairs of eyes see
    more than one|it helps to ask a friend]. "My {toy} will sleep {spot5} now," {he} said.
    ? What did {hero} give {friend} [as a thank you|to say thank you]? = {fruit}
    ? Where would the {toy} sleep from now on? = {spot5}

    @evening
    """,
    "the broken toy": """
    @opening

    @detail

    {hero} and {friend} were playing {game} [on the rug|in the hall|on the porch]. {hero} had a/an
    {color} {toy}, and {friend} had a/an {color2} {toy2}. [Suddenly|All at once|A moment later],
    there was a [loud|sharp|nasty] [crack|snap|crunch]. [Somebody had stepped|{friend} had
    stepped|{hero} had stepped] on the {toy}.
    ? What were {hero} and {friend} playing? = {game}
    ? What color was the broken {toy}? = {color}
    ? Which toy was broken? = {toy}
    ? What color was {friend}'s {toy2}? = {color2}

    * "[Oh no|My {toy}|My poor {toy}|Look what happened]!" {hero} cried. {He} was so {gloomy} that
    {he} [could not speak|hid {his} face|sat down on the floor]. {friend} felt {gloomy2} too.
    "{saying}," {friend.he} said [softly|at last|in a low voice].
    ? How did {hero} feel when the {toy} broke? = {gloomy}
    ? How did {friend} feel when the {toy} broke? = {gloomy2}
    ? What did {friend} say? = {saying}
    * {hero} picked up the [pieces|parts]. There were {number} of them, and one had rolled {spot}.
    "{saying}," said {friend}, but {hero} was too {gloomy} to [listen|answer|smile].
    ? How many pieces were there? = {number}
    ? Where had one [piece|part] rolled? = {spot}
    ? What did {friend} say? = {saying}

    * They carried everything to {worker}, who could fix [anything|nearly everything|all kinds of
    things]. {neighbor} was there too, waiting for a mended {garment}. {Worker} [looked
    through|opened|searched] a drawer and took out glue, string and a tiny {treasure}.
    ? Who could fix [almost anything|things]? = {worker}
    ? Who was waiting for a/an {garment}? = {neighbor}
    ? What did {worker} take out of the drawer? = {treasure}
    * {elder} found the tool box {spot2}. "First we glue [it|the {toy}], then we wait," {elder.he}
    said. {neighbor} lent them a/an {treasure} [to hold the parts in place|that was just the right
    size|to press on the crack].
    ? Who lent them the {treasure}? = {neighbor}
    ? Who found the tool box? = {elder}
      ? Where was the tool box? = {spot2}
    ? What did {neighbor} lend them? = {treasure}

    * They had to wait until {day}. In the meantime, {friend} let {hero} play with {friend.his}
    {toy2}. On {day} the {toy} was [whole|ready|dry] again, with one thin line [across the
    side|down the middle|near the top].
    ? When was the {toy} ready? = {day}
    * It took {number2} days to dry. On {day}, {friend} brought {snack}, and the two of them tried
    the {toy} [together|very carefully|on the kitchen floor]. [It worked|It ran|It was whole
    again]!
    ? How many days did the {toy} [need|take] to dry? = {number2}
    ? What did {friend} bring on {day}? = {snack}

    * "It is [even better|nicer|better than new] now," said {hero}[, and {he} meant it|,
    smiling|]. "[It|This {toy}] has a [story|history]." {He} was {merry}, and {friend} was
    {merry2}. [Broken things can be mended when friends help.|A friend matters more than a/an
    {toy}.|And {toy2} or {toy}, from now on they shared both.]
    ? How did {hero} feel at the end? = {merry}
    ? How did {friend} feel at the end? = {merry2}
    * {hero} painted the {toy} {color3} [so that nobody could see the crack|to make it look
    new|with a small brush]. "I am sorry that I was cross," {he} told {friend}. They shook hands
    and played [{game2}|{game2} until supper|a round of {game2}].
    ? What color did {hero} paint the {toy}? = {color3}
    ? What did {hero} and {friend} play at the end? = {game2}

    @evening
    """,
    "the storm": """
    @opening

    One {fair} {daytime}, {hero} was {place.at} with {elder}. They had packed {snack} for {hero}
    and {snack2} for {elder}. [Far away|Behind the hills|In the west], the sky turned {color}.
    ? Where was {hero} with {elder}? = {place.at}
    ? What had they packed for {hero}? = {snack}
    ? What had they packed for {elder}? = {snack2}
    ? What color did the sky turn? = {color}

    * "A/an {storm} is coming," said {worker}, who was [hurrying|running|walking] by with a/an
    {treasure}. "Go to {place2}! [You will be safe there|It is dry there|Take {hero} there]."
    ? Who [told|warned] them that a/an {storm} was coming? = {worker}
    ? Where did {worker} tell them to go? = {place2}
    * {elder} [sniffed|tasted|felt] the air. "That smells like a/an {storm}," {elder.he} said.
    "{saying}. We will run to {place2}."
    ? What did {elder} smell in the air? = {storm}
    ? What did {elder} say? = {saying}
    ? Where did they run? = {place2}

    * They ran [as fast as they could|hand in hand|without looking back|past {place5}]. The
    {storm} {storm.did}. {hero} lost a/an {color2} {garment}, and {elder} lost [one shoe|a
    glove|the picnic basket]. {hero} was {fearful}, but {elder} held {his} hand.
    ? What did {hero} lose? = {garment}
    ? What color was the {garment}? = {color2}
    ? How did {hero} feel in the {storm}? = {fearful}
    * Soon the {storm} {storm.did}. {hero} [squeezed|held|grabbed] {elder}'s hand. A/an {animal}
    [ran|hurried] past them, and a/an {color2} {garment} [flew|sailed|tumbled] by. "I feel
    {fearful}," said {hero}.
    ? Which animal [ran|hurried] past them? = {animal}
    ? What color was the {garment} [in the wind|that went by]? = {color2}
    ? How did {hero} feel in the {storm}? = {fearful}

    * At {place2}, {friend} and {neighbor} were already waiting [inside|under a roof|with a
    lantern]. {neighbor} had {number} blankets, and {friend} shared {friend.his} {fruit.plural}.
    They sang {number2} songs [to pass the time|until their voices were tired|and told stories].
    ? Who had blankets? = {neighbor}
    ? How many songs did they sing? = {number2}
    ? How many blankets [were there|did {neighbor} have]? = {number}
    ? What did {friend} share? = {fruit.plural}
    * There they found {friend}, who had a/an {toy} and a bag of {fruit.plural}. To forget the
    noise, they played {game} and then {game2}. {hero} won {number} times and {friend} won
    {number2} times.
    ? How many times did {hero} win? = {number}
    ? How many times did {friend} win? = {number2}
    ? What did they play first? = {game}

    * When it was quiet again, the {storm} had left {storm.after}. The sun came out, and a/an
    {animal2} {animal2.cried} [from the roof|near the door|in the distance]. "[Was that all?|Is it
    over?]" asked {hero}. {He} felt {merry}.
    ? Which animal [did they hear|was heard] after the {storm}? = {animal2}
    ? How did {hero} feel after the {storm}? = {merry}
    * After a while the {storm} [went away|stopped|grew tired]. Outside they found {storm.after}
    and, {nook}, {hero}'s lost {treasure2}. "{joy}," said {elder} with a [wink|smile|laugh].
    ? Where was the {treasure2}? = {nook}
    ? What did {elder} say after the {storm}? = {joy}

    * {hero} was not afraid of storms any more. [A/an {storm} is loud, but it always ends.|A/an
    {storm} is only weather, and it is nicer with company.]

    @evening
    """,
    "a noise at night": """
    @opening

    @detail

    * One night in {season}, {hero} heard {noise}. {He} [sat up|pulled the blanket to {his}
    nose|held {his} breath]. Was it a/an {animal}? Was it a/an {animal2}? {He} felt {fearful}.
    ? What did {hero} hear [one night|in the night]? = {noise}
    ? How did {hero} feel [in the night|when {he} heard the noise]? = {fearful}
    * It was dark, and [everybody|even {elder3}] slept[ in the {color6} house|]. Then there was
    {noise}. "Who is there?" whispered {hero}, but only {noise2} [answered|came back] from
    outside. {He} took {his} {color} {toy} and {his} {color2} {treasure}.
    ? What color was {hero}'s {toy}? = {color}
    ? What color was the {treasure}? = {color2}

    * {hero} tiptoed to {friend}, who was [staying the night|sleeping over] and snored on the
    {color3} mattress. "[{friend}, wake up! I hear {noise}|Wake up, {friend}! Something is
    [there|at the door|downstairs]|{friend}, listen to that]." {friend} rubbed {friend.his} eyes.
    "[Perhaps|Maybe|I bet] it is a/an {animal3}," {friend.he} said, "[and it wants|looking for]
    {animal3.food}."
    ? Which animal did {friend} think it was? = {animal3}
    ? Who [was staying|stayed] the night at {hero}'s house? = {friend}
    ? What color was the mattress? = {color3}
    * {He} woke {friend}, {his} cousin. "[Shh, listen|Listen]!" {friend} listened and turned
    [pale|white as milk]. "That is a/an {animal3}," {friend.he} said. "A/an {animal3} with
    {number} teeth!" "{saying}," said {hero}, and that made both of them [braver|feel better].
    ? Which animal did {friend} think it was? = {animal3}
    ? What did {hero} say? = {saying}
    ? How many teeth did {friend} say the {animal3} had? = {number}

    * [Step by step|Hand in hand|With {friend} in front], they [crept|walked|tiptoed] down the
    [dark|cold|long|] stairs. They looked {spot} and found a/an {treasure2}. They looked {spot2}
    and found {snack} that {elder} had [forgotten|left there|saved for later].
    ? What did they find {spot}? = {treasure2}
    ? What did they find {spot2}? = {snack}
    * They lit a/an {color4} lamp and [crept|walked|tiptoed] past {elder}'s room. First they
    looked {spot}, then {spot2}, and then {spot3}, [and found nothing at all|where a/an
    {treasure4} lay|but all was still].
    ? Where did they look first? = {spot}
    ? Where did they look last? = {spot3}
    ? What color was the lamp? = {color4}

    [And then they saw it|Then {friend} pointed|At last they understood|And there they saw what it
    was]. It was [not a/an {animal3} at all|no {animal3}|neither a/an {animal3} nor a ghost]. It
    was [only|nothing but|just] {noise.source}[, as harmless as a/an {fruit4}|, and {elder} had
    heard it for years|]. {hero} [laughed|giggled] until {his} [belly|nose|ribs] hurt.
    ? What [made the noise|was it really]? = {noise.source}

    * {elder2} came in a/an {color5} {garment}. "What are you two doing [here|in the dark|at this
    hour]?" {elder2.he} asked. "We caught a monster," said {friend}, "and it was {noise.source}."
    {elder2} made them {snack2}.
    ? Who made them {snack2}? = {elder2}
    ? What did {elder2} make them? = {snack2}
    ? What color was {elder2}'s {garment}? = {color5}
    * They went back to bed, feeling {merry}. From that night on, whenever {hero} heard a sound in
    the dark, {he} [went to look|asked what it might be|lit a lamp] first and was [afraid|scared]
    later, or not at all.
    ? How did they feel when they went back to bed? = {merry}
    * "In the dark, small things [sound big|grow big]," said {friend}. {hero} nodded. {He} slept
    until {number2} [in the morning|o'clock], and for breakfast {he} had {snack2}.
    ? What did {hero} have for breakfast? = {snack2}
    ? Until what time did {hero} sleep? = {number2}
    """,
    "telling the truth": """
    @opening

    On {day}, {hero} [threw|kicked|tossed] a/an {color} {toy} in the house, although {elder} had
    said [no|not to]. The {toy} hit a/an {color2} {breakable}. With a [crash|bang|loud clang] the
    {breakable} [fell and broke|broke] into {number} pieces.
    ? What did {hero} break? = {breakable}
    ? What color was the {breakable}? = {color2}
    ? What color was the {toy}? = {color}
    ? When did {hero} break the {breakable}? = {day}

    * {hero} [hid|put] the pieces {spot} and put the {toy} {spot2}. {He} felt {gloomy}. {His}
    stomach [hurt|felt like a stone|was full of knots].
    ? Where did {hero} hide the pieces? = {spot}
    ? Where did {hero} put the {toy}? = {spot2}
    ? How did {hero} feel? = {gloomy}
    * Nobody had seen it but {pet} the {companion}, who {companion.cried} once and [walked
    away|licked a paw|closed one eye]. {hero} put the pieces {spot} and went out to play {game},
    but {he} was too {gloomy} to have fun.
    ? Who saw {hero} break the {breakable}? = {pet}
    ? What [kind of animal|animal] was {pet}? = {companion}
    ? Where did {hero} put the pieces? = {spot}
    ? How did {hero} feel? = {gloomy}

    * "Who broke my {breakable}?" asked {elder} in the evening. {child3} looked at the
    [ceiling|floor]. {friend}, who was visiting, looked down at {snack} on {friend.his} plate.
    [Everybody|The whole room|Even the {companion9}] was silent.
    ? Who asked about the {breakable}? = {elder}
    ? Who was visiting? = {friend}
    ? What was on {friend}'s plate? = {snack}
    * {elder} came home with a bag of {fruit.plural} and saw the empty place. "Was it the
    {animal2}?" {elder.he} asked. "Was it {child3}?" {child3} said, "I was {place.at} all day with
    {neighbor}."
    ? What did {elder} bring home? = {fruit.plural}
    ? Where had {child3} been all day? = {place.at}
    ? Who was with {child3} [all day|that day]? = {neighbor}

    * {hero} could have blamed {child3}. [It would have been easy|{child3} was small and often
    broke things|Nobody would have known]. But {he} remembered what {elder2} [liked to say|used to
    say|once said]: "{saying}." {He} took a [big|deep] breath[ and looked at the {breakable}|].
    "It was [me|me, not {child3}]," {he} said.
    ? Who used to say "{saying}"? = {elder2}
    * "It was me," said {hero} [very softly|at last|with wet eyes]. "I threw the {toy}. I am
    sorry, {elder}." The room was [quiet|still], and [only the clock ticked|a/an {animal3}
    {animal3.cried} outside|{child3} held {child3.his} breath].

    * {elder} was {gloomy2} about the {breakable}, but {merry} about the truth. "Thank you for
    telling me[, {hero}| the truth|]," {elder.he} said. For {number2} days {hero} helped to
    {chore}.
    ? How did {elder} feel about the truth? = {merry}
    ? What did {hero} help to do? = {chore}
    ? For how many days did {hero} help? = {number2}
    * {elder} was quiet for a [moment|while]. "{saying2}," {elder.he} said then and
    [hugged|kissed] {him}. Together they glued the {breakable}, and {hero} [bought|made] a small
    {color3} {treasure} to go with it.
    ? What did {elder} say? = {saying2}
    ? What color was the {treasure}? = {color3}

    * {hero} felt lighter than a/an {color4} balloon. [The truth can be hard to say, but it is
    [much|far] heavier to keep|It was the bravest thing {he} did all {season}|A broken {breakable}
    can be glued, and so can trust].

    @evening
    """,
    "a secret": """
    @opening

    @detail

    * {elder}'s birthday was on {day}, and {hero} wanted it to be a surprise. "Can you keep a
    secret?" {he} asked {friend}. "Yes," said {friend}. "And so can {pet}," {friend.he} said and
    pointed at {friend.his} {companion}.
    ? Whose birthday was it? = {elder}
    ? When was the birthday? = {day}
    ? What was the name of {friend}'s {companion}? = {pet}
    ? What kind of animal did {friend} have? = {companion}
    * {hero} had a secret. {elder} would have a birthday on {day}, and not on {day2}, as {child3}
    believed. {hero} wanted to make {gift}, and only {friend} [knew|was told].
    ? When was the birthday? = {day}
    ? Who knew the secret? = {friend}
    ? Whose birthday was it? = {elder}

    * They made a plan {nook}, where nobody could hear them. {hero} would make {gift}, {friend}
    would bring {snack}, and {neighbor} would bring {snack2}.
    ? What would {friend} bring? = {snack}
    ? What would {neighbor} bring? = {snack2}
    ? Where did they make [their|a] plan? = {nook}
    ? What would {hero} make? = {gift}
    * They met {nook} and whispered. "I will make {gift}," said {hero}. "I will find {gift2},"
    said {friend}. They needed {number} candles and a/an {color} ribbon.
    ? What did {hero} want to make? = {gift}
    ? What did {friend} want to find? = {gift2}
    ? What color was the ribbon? = {color}
    ? How many candles did they need? = {number}

    * It was [not easy|hard|harder than {game3}] to keep [quiet|the secret|still until {day}].
    When {elder} asked, "Why is there paint on your {garment}?" {hero} said, "We played {game}."
    When {elder2} asked why they were laughing, {friend} said, "[It was|We saw] a funny
    {animal2}."
    ? What did {hero} say [they had played|when {elder} asked about the paint]? = {game}
    ? Who asked why they were laughing? = {elder2}
    * Once, {child3} almost told. "{elder}, guess what!" {child3.he} began, but {friend}
    [coughed|sneezed|sang] loudly. They hid everything {spot}, and later {spot2}, because {elder}
    wanted to [clean|tidy up|look for a/an {treasure}] there.
    ? Who almost told the secret? = {child3}
    ? Where did they hide everything first? = {spot}

    * On {day}, {elder} opened the [door|{color9} door]. "Surprise[|, {elder}]!"
    [shouted|cried|called] [everyone|{friend}|{hero}]. {neighbor} played the {instrument},
    {friend} threw paper stars, and {hero} held out {gift}. {elder} was {merry}.
    ? How did {elder} feel [at the party|at the end]? = {merry}
    ? What did {neighbor} play? = {instrument}
    * "Surprise!" they called on {day}. {elder} [dropped|let go of] a bag of {fruit.plural} and
    [laughed|wept a little|danced]. "{joy}!" {elder.he} said. On the table stood {gift} and
    {number2} small cakes.
    ? What did {elder} drop? = {fruit.plural}
    ? What did {elder} say? = {joy}
    ? How many small cakes [stood|were] on the table? = {number2}

    * Keeping the secret [since {day3}|for so long|from {elder}] had been hard, [but giving it
    away was lovely|and telling it was the best part]. "And [when is your birthday|when is
    yours|when shall we have a party for you]?" {friend} asked {hero}. "In {season}," said {hero},
    "but please do not tell me anything!"
    ? When was {hero}'s birthday? = {season}
    * Some secrets make you feel {gloomy}, and those you should tell. This one had made everybody
    {merry2}, and {hero} [was glad|liked that|smiled about it] for days.
    """,
  ]
}
