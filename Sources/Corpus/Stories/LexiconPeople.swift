extension Lexicon {
  /// Who stories are about.
  static let people = [
    WordPool(
      "child", group: "person",
      female: """
        Lily, Mia, Anna, Ella, Rosie, Nora, Zoe, Ruby, Clara, Ivy, Molly, Hazel, Dora, Emma, Lucy,
        Maya, Nina, Tess, Wendy, Julia, Holly, Amy, Sara, Polly, Jane, Kate, Ada, Elsa, Greta, Leah,
        Olive, Penny, Tara, Vera, Willa, Yara, Flora, Bella, Marta, Sofia
        """,
      male: """
        Tom, Ben, Sam, Max, Leo, Jack, Finn, Oscar, Noah, Eli, Tim, Theo, Hugo, Owen, Jake, Toby,
        Adam, Milo, Henry, Peter, Luke, Dan, Wim, Otto, Paul, Rory, Simon, Ted, Victor, Walter, Ian,
        Joe, Kevin, Marco, Nate, Omar, Ravi, Anton, Felix, Emil
        """,
      kinds: ("girl", "boy")),
    WordPool(
      "elder", group: "person", forms: "name he him his himself plain",
      """
      Mom; she; her; her; herself; mom
      Dad; he; him; his; himself; dad
      Grandma; she; her; her; herself; grandma
      Grandpa; he; him; his; himself; grandpa
      Aunt May; she; her; her; herself; aunt
      Aunt Rita; she; her; her; herself; aunt
      Aunt Nell; she; her; her; herself; aunt
      Uncle Ned; he; him; his; himself; uncle
      Uncle Ray; he; him; his; himself; uncle
      Uncle Gus; he; him; his; himself; uncle
      """),
    WordPool(
      "neighbor", group: "person",
      female: """
        Mrs. Hill, Mrs. Barlow, Mrs. Lopez, Mrs. Parker, Mrs. Bellamy, Miss Greer, Miss Ford, Mrs. Sloan
        """,
      male: """
        Mr. Wells, Mr. Grant, Mr. Khan, Mr. Lund, Mr. Reeves, Mr. Cole, Mr. Finch, Mr. Webb
        """,
      kinds: ("woman", "man")),
    WordPool(
      "worker", group: "person",
      female: """
        the baker, the librarian, the nurse, the painter, the teacher, the bus driver, the farmer,
        the shopkeeper, the vet, the gardener, the potter
        """,
      male: """
        the mailman, the fisherman, the carpenter, the firefighter, the doctor, the milkman,
        the shoemaker, the clown, the cook, the zookeeper, the builder, the barber
        """,
      kinds: ("woman", "man")),
    WordPool(
      "pet", group: "pet",
      female: """
        Pepper, Honey, Ginger, Pearl, Clover, Fern, Willow, Dot, Cherry, Luna, Maple, Juniper, Plum,
        Cinnamon, Snowflake, Bluebell, Mitzi, Tansy
        """,
      male: """
        Biscuit, Rusty, Bramble, Pip, Button, Ziggy, Bruno, Nutmeg, Waffles, Patch, Barnaby, Sprout,
        Muffin, Thistle, Oakley, Bumble, Scout, Rumble
        """,
      kinds: ("girl", "boy")),
    WordPool(
      "trait",
      list: """
        kind, brave, curious, cheerful, clever, gentle, shy, careful, friendly, helpful, patient,
        playful, polite, quiet, silly, thoughtful, busy, lively, dreamy, honest, bold, sleepy,
        generous, stubborn, forgetful, adventurous, imaginative
        """),
    WordPool(
      "gloomy", group: "feeling",
      list: """
        sad, worried, upset, unhappy, grumpy, disappointed, miserable, gloomy, glum, troubled, cross,
        tearful, downhearted, restless
        """),
    WordPool(
      "fearful", group: "feeling",
      list: "scared, nervous, afraid, frightened, uneasy, anxious, jumpy, timid, shaky"),
    WordPool(
      "merry", group: "feeling",
      list: """
        happy, thankful, delighted, relieved, joyful, glad, cheerful, pleased, overjoyed, contented,
        grateful, jolly, merry
        """),
    WordPool(
      "saying",
      list: """
        Do not give up, We will find a way, Do not worry, It will be all right, Slow and steady,
        Take a deep breath, Let us think, Everything will be fine, Good things take time,
        One step at a time, Keep going, Be patient, Cheer up, You never know, Stay calm, Chin up,
        Try once more, There is always a way, Mistakes help us learn, All is not lost, Count on me,
        Have a little faith, Things will get better, Nobody is perfect, Trust me, Never say never,
        Look on the bright side, I have an idea, Two heads are better than one, Leave it to me
        """),
    WordPool(
      "joy", group: "saying",
      list: """
        What a surprise, This is wonderful, How lovely, I can hardly believe it, What a day, Bravo,
        This is perfect, You made my day, Well done, This is the best day ever, Hooray, What luck,
        How kind of you, What a treat, I will never forget this, My heart is jumping, How splendid
        """),
    WordPool(
      "lullaby", group: "saying",
      list: """
        Sleep tight, Sweet dreams, Tomorrow is a new day, I love you, See you in the morning,
        Dream of something nice, Close your eyes now, It is time to rest, Hush now,
        The moon is watching over you, I will be right next door, The stars are out already,
        Warm feet and good night, May your dreams be kind
        """),
  ]
}
