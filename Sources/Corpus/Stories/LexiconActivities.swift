extension Lexicon {
  /// What the people of stories do.
  static let activities = [
    WordPool(
      "game",
      list: """
        tag, hide and seek, hopscotch, leapfrog, catch, dominoes, checkers, pirates, marbles,
        musical chairs, tug of war, charades, shop, knights and dragons, red rover, blind man's buff,
        cards, kickball, explorers, circus, detectives, doctor
        """),
    WordPool(
      "skill", forms: "name to slip did",
      """
      riding a bike; ride a bike; wobbled and tipped over into the grass; rode all the way to the gate
      swimming; swim; swallowed a mouthful of water; swam from one side to the other
      whistling; whistle; blew nothing but air; whistled a whole song
      ice skating; skate; landed on the ice with a bump; glided in a perfect circle
      tying shoelaces; tie shoelaces; made a knot that fell apart; tied two neat bows
      juggling; juggle; dropped everything on the floor; kept all three balls in the air
      playing the flute; play the flute; made a squeak like a rusty door; played a sweet tune
      climbing trees; climb a tree; slid back down the trunk; climbed up to the first branch
      reading; read; mixed up all the letters; read a full page aloud
      knitting; knit; dropped one stitch after another; finished a long row
      skipping rope; skip rope; tripped over the rope; skipped without a stop
      drawing horses; draw a horse; drew legs that looked like noodles; drew a horse with a flying mane
      baking bread; bake bread; burned the crust; baked a soft golden loaf
      throwing a frisbee; throw a frisbee; threw it straight into a bush; threw it far across the grass
      doing cartwheels; do a cartwheel; rolled over like a potato; turned a cartwheel with straight legs
      walking on stilts; walk on stilts; hopped twice and fell; walked across the whole yard
      rowing a boat; row a boat; spun around in circles; rowed to the island and back
      singing in tune; sing in tune; sang like a squeaky wheel; sang every note just right
      telling jokes; tell a joke; forgot the funny part; told a joke that made everybody laugh
      """),
    WordPool(
      "build", forms: "name noun stuff flaw top",
      """
      a treehouse; treehouse; boards and nails; the ladder was too short; a flag
      a sandcastle; sandcastle; wet sand; one tower crumbled; a row of shells
      a windmill; windmill; paper and sticks; the wings got stuck; a weathercock
      a boat dock; dock; planks and barrels; two planks slipped away; a brass lamp
      a raft; raft; logs and rope; one knot came loose; a little sail
      a birdhouse; birdhouse; thin planks; the hole was too small; a tin roof
      a fort; fort; blankets and chairs; the roof sank in the middle; a paper crown
      a scarecrow; scarecrow; straw and sticks; one arm dropped off; a pair of mittens
      a doghouse; doghouse; crates and boards; the floor was crooked; a name sign
      a stone bridge; bridge; flat stones; the first stone sank; a handrail of sticks
      a block tower; tower; wooden blocks; the tower leaned to one side; a tiny knight
      a soapbox car; car; an old crate and four wheels; a wheel came off; a shiny horn
      a puppet stage; stage; cardboard and cloth; the curtain got stuck; a row of stars
      a bench; bench; pine boards; one leg was too long; a soft cushion
      a mailbox; mailbox; a tin can and a post; the lid would not close; a painted bird
      """),
    WordPool(
      "contest",
      list: """
        the sack race, the pie contest, the drawing contest, the kite race, the singing contest,
        the boat race, the spelling bee, the running race, the sandcastle contest,
        the pumpkin contest, the dancing contest, the egg and spoon race, the bike race,
        the costume contest, the jumping contest
        """),
    WordPool(
      "prize",
      list: """
        a gold ribbon, a silver cup, a box of paints, a big chocolate cake, a wooden sword,
        a ride on a pony, a picture book, a bag of marbles, a paper crown, a new soccer ball,
        a basket of apples, a set of crayons, a stuffed penguin, a blue medal, a tin of cookies,
        a ticket to the circus
        """),
    WordPool(
      "dish", forms: "name first second missing verb",
      """
      pancakes; flour; milk; eggs; fried
      vegetable soup; carrots; beans; salt; stirred
      apple pie; apples; butter; cinnamon; baked
      banana bread; bananas; oats; baking powder; baked
      pizza; dough; tomatoes; cheese; baked
      fruit salad; grapes; melon; honey; mixed
      oat cookies; oats; raisins; sugar; baked
      potato stew; potatoes; onions; parsley; stirred
      lemonade; lemons; water; ice; stirred
      rice pudding; rice; cream; vanilla; stirred
      corn bread; cornmeal; buttermilk; yeast; baked
      dumplings; dough; cabbage; pepper; steamed
      berry jam; blackberries; lemon juice; jars; boiled
      egg noodles; flour; egg yolks; oil; rolled
      """),
    WordPool(
      "chore", forms: "name did",
      """
      sweep the porch; swept the porch
      water the plants; watered the plants
      wash the dishes; washed the dishes
      feed the chickens; fed the chickens
      fold the towels; folded the towels
      rake the leaves; raked the leaves
      set the table; set the table
      brush the dog; brushed the dog
      clean the windows; cleaned the windows
      stack the firewood; stacked the firewood
      tidy the bookshelf; tidied the bookshelf
      polish the boots; polished the boots
      pick the beans; picked the beans
      mend the fence; mended the fence
      empty the baskets; emptied the baskets
      paint the gate; painted the gate
      collect the eggs; collected the eggs
      hang up the laundry; hung up the laundry
      shovel the path; shoveled the path
      peel the potatoes; peeled the potatoes
      dust the piano; dusted the piano
      """),
    WordPool(
      "gift",
      list: """
        a knitted blanket, a clay bowl, a book of songs, a painted mug, a photo album, a jar of honey,
        a paper lantern, a straw basket, a rocking chair, a woolen shawl, a string of beads,
        a birthday crown, a bird feeder, a wooden spoon, a potted fern, a poem in a frame,
        a pair of slippers, a lace pillow, a carved walking stick, a box of fudge
        """),
    WordPool(
      "breakable",
      list: """
        vase, teapot, lamp, mirror frame, plate, flowerpot, sugar bowl, jug, picture frame,
        fish bowl, cookie jar, candlestick, clay horse, glass bird, porcelain cat, window pane,
        salad bowl, honey jar, snow dome, milk pitcher
        """),
    WordPool(
      "wish",
      list: """
        fly like a bird, talk to animals, be as tall as a tree, never go to bed,
        breathe under water, eat sweets all day, be invisible, run faster than the wind,
        live in a castle, make it snow in summer, ride on a cloud, be the king of the forest,
        jump over the moon, turn everything to gold, have a pet dragon, sleep on a star
        """),
  ]
}
