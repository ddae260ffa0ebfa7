extension StoryScene {
  /// How stories start and end, and what may happen on the way in any of them.
  static let shared: KeyValuePairs<String, String> = [
    "opening": """
    * [Once upon a time|Long ago|Not so long ago|Once], in a [small|quiet|sleepy|busy]
    [town|village] [by the sea|near the hills|beside a river|at the edge of a forest], there lived
    a [little|small|young] {hero.kind} named {hero}. {He} was {age} years old and
    [very|rather|always] {trait}.
    ? How old was {hero}? = {age}
    ? What [kind of {hero.kind} was {hero}|was {hero} like]? = {trait}
    * {hero} was a/an {trait} little {hero.kind} who lived in a [tall|narrow|crooked|cozy] house
    with a/an {color9} door and a/an {color8} roof.
    ? What color was the door of {hero}'s house? = {color9}
    ? What color was the roof of {hero}'s house? = {color8}
    ? What [kind of {hero.kind} was {hero}|was {hero} like]? = {trait}
    * {hero} was {age} years old, and {his} best days were {day8} and {day7}. On {day8}, {he}
    played {game9} with {elder9}, and on {day7}, {he} [helped|visited] {neighbor9}.
      ? When did {hero} play {game9} with {elder9}? = {day8}
      ? Who played {game9} with {hero}? = {elder9}
      * [Everybody|Everyone] {place9.at} knew {hero}, the {trait} {hero.kind} with the {color9}
      {garment7} and the {color8} shoes.
      ? What color were {hero}'s shoes? = {color8}
      ? What color was {hero}'s {garment7}? = {color9}
      * This is a story about {hero}, a/an {hero.kind} of {age}, who could not [sit still|stop
      asking questions|keep {his} shoes clean], and whose neighbor, {child7}, loved
      {fruit9.plural} and {animal9.plural}.
      ? What [food|fruit|] did {child7} love [to eat|]? = {fruit9.plural}
      ? Which animals did {child7} love? = {animal9.plural}
      ? How old was {hero}? = {age}
      * There was once a/an {hero.kind} called {hero}, who was {age} years old. {He} lived with
      {his} {elder9.plain} and a/an {trait2} {companion9} named {pet9} [near {place9}|not far from
      {place9}|just a short walk from {place9}].
    ? What was the name of the {companion9} that lived with {hero}? = {pet9}
    ? What [kind of animal|animal] was {pet9}? = {companion9}
    ? How old was {hero}? = {age}
    * In a [white|little|stone|brick] house [on a hill|on a busy street|at the end of a lane]
    lived {hero}, a/an {trait} {hero.kind} with [curly|short|long|messy|dark|straight] hair. {He}
    loved playing {game9} and eating {fruit9.plural}.
    ? What game did {hero} love [to play|playing]? = {game9}
    ? Which [fruit|food] did {hero} love [to eat|]? = {fruit9.plural}
    * {hero} and {his} cousin {cousin} [lived on the same street|went to the same school|saw each
    other almost every day]. {hero} liked {fruit9.plural}, {cousin} liked {fruit8.plural}, and
    both of them liked to play {game9}.
    ? What did {cousin} like to eat? = {fruit8.plural}
    ? What did {hero} like to eat? = {fruit9.plural}
    ? Which game did {hero} and {cousin} both like? = {game9}
    """,
    "detail": """
    *
    *
    *
    * {He} [often|always|nearly always] wore a/an {color7} {garment9} that {elder9} had
    [sewn|knitted|bought|made|found] for {him}.
    ? What color was {hero}'s {garment9}? = {color7}
    ? What did {hero} [often|usually] wear? = {garment9}
    ? Who gave {hero} the {garment9}? = {elder9}
    * In {his} room, {he} kept a/an {color7} {toy9}, a/an {color6} {toy8} and {number9} [smooth
    stones|tin soldiers|paper stars|old postcards|glass marbles].
    ? What color was the {toy9} in {hero}'s room? = {color7}
    ? What color was the {toy8} in {hero}'s room? = {color6}
    * {His} [big|little|older|baby] {child9.sibling}, {child9}, [always|often|usually] had a/an
    {treasure9} in one pocket and a/an {treasure8} in the other.
    ? What did {child9} have in one pocket? = {treasure9}
    * The family had {number9} {companion8.plural} and {number8} {companion7.plural}, and {hero}
    [knew|remembered] all their names.
    ? How many {companion8.plural} did the family have? = {number9}
    ? How many {companion7.plural} did the family have? = {number8}
    * {hero}'s {toy9} was {color7}, but {child9}'s {toy8}, which {he} [secretly liked
    better|admired|often borrowed], was {color6}.
    ? What color was {child9}'s {toy8}? = {color6}
    ? What color was {hero}'s {toy9}? = {color7}
    * On most days {he} [had|ate|asked for] {snack9} after school and {snack8} before bed.
    ? What did {hero} [have|eat] after school? = {snack9}
    ? What did {hero} [have|eat] before bed? = {snack8}
    """,
    "way": """
    *
    * On the way, {hero} met {worker9}, who was [carrying|holding|looking at] a/an {color5}
    {treasure7}. "[Good morning|Hello there|Good day], {hero}!" said {worker9}.
    ? Who[m|] did {hero} meet on the way? = {worker9}
    ? What color was the {treasure7} that {worker9} had? = {color5}
    * On the way, {he} counted {number7} {animal6.plural} and {number6} {animal5.plural}.
    ? How many {animal6.plural} did {hero} [count|see] on the way? = {number7}
    ? How many {animal5.plural} did {hero} [count|see] on the way? = {number6}
    * They went past {place8} and [past|around] {place7}, where a/an {animal6}
    [{animal6.cried}|was asleep|stood very still].
    ? Which animal was near {place7}? = {animal6}
    * On the corner, {worker9} was talking to {neighbor9} about the [weather|price of eggs|new
    road|big game]. {worker9.He} waved a/an {color5} {garment8}.
    ? Who waved a/an {garment8}? = {worker9}
    ? What color was the {garment8}? = {color5}
    """,
    "evening": """
    *
    *
    * That evening, {hero} told {elder8} [all about it|the whole story|everything] over {snack7}.
    ? Who[m|] did {hero} tell about it [that evening|in the evening]? = {elder8}
    ? What did {hero} have that evening? = {snack7}
    * At bedtime, {elder8} [kissed|hugged] {him} and said, "{lullaby}." {hero}
    [smiled|yawned|nodded] and [fell asleep|closed {his} eyes|dreamed of {animal4.plural}].
    ? What did {elder8} say at bedtime? = {lullaby}
    * That night, {hero} slept [deeply|well|soundly] and dreamed of a/an {color4} {animal4} that
    could [dance|sing|fly|talk|paint].
    ? What color was the {animal4} in {hero}'s dream? = {color4}
    ? What animal did {hero} dream of? = {animal4}
    * On {day9}, {he} told everyone at school, and even {worker8} [heard about it|came to
    listen|asked to hear the story].
    ? When did {hero} tell everyone at school? = {day9}
    """,
  ]
}
