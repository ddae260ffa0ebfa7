extension Lexicon {
  /// What stories are full of.
  static let things = [
    WordPool(
      "color",
      list: """
        red, blue, green, yellow, purple, orange, pink, brown, white, black, gray, golden, silver,
        violet, turquoise, scarlet, cream, lime, navy, peach
        """),
    WordPool(
      "toy", group: "thing",
      list: """
        ball, kite, drum, toy boat, doll, yo-yo, teddy bear, puppet, toy train, robot, spinning top,
        scooter, toy truck, whistle, jump rope, puzzle, balloon, rocking horse, toy airplane,
        trumpet, xylophone, wagon, pinwheel, marble, frisbee, rubber duck, toy tractor,
        music box, slingshot, hula hoop, toy rocket, dollhouse, tambourine, toy crane,
        wind-up mouse, snow globe, boomerang
        """),
    WordPool(
      "treasure", group: "thing",
      list: """
        key, coin, shell, button, feather, ring, bell, pebble, thimble, acorn, ribbon, locket, spoon,
        cork, map, compass, medal, stamp, bead, pinecone, crystal, comb, badge, lantern, mirror,
        pocket watch, brooch, pencil, teacup, bracelet, dice cup, magnet, nail, chain
        """),
    WordPool(
      "garment",
      list: """
        hat, scarf, sweater, coat, cap, jacket, dress coat, vest, raincoat, cape, bonnet, apron,
        shirt, belt, hood, bow, backpack, necklace, cardigan, poncho, beret, headband
        """),
    WordPool(
      "fruit", forms: "name plural",
      """
      apple; apples
      pear; pears
      plum; plums
      peach; peaches
      cherry; cherries
      banana; bananas
      orange; oranges
      strawberry; strawberries
      blueberry; blueberries
      raspberry; raspberries
      grape; grapes
      melon; melons
      mango; mangoes
      apricot; apricots
      fig; figs
      carrot; carrots
      radish; radishes
      tomato; tomatoes
      lemon; lemons
      kiwi; kiwis
      """),
    WordPool(
      "snack", forms: "name the",
      """
      a slice of cake; the slice of cake
      a cheese sandwich; the cheese sandwich
      a warm pancake; the warm pancake
      a bowl of soup; the bowl of soup
      a honey bun; the honey bun
      a muffin; the muffin
      a jam tart; the jam tart
      a boiled egg; the boiled egg
      a piece of pie; the piece of pie
      an oat cookie; the oat cookie
      a bag of nuts; the bag of nuts
      a corn cake; the corn cake
      a ginger biscuit; the ginger biscuit
      a handful of raisins; the handful of raisins
      a bread roll; the bread roll
      a bowl of porridge; the bowl of porridge
      a butter pretzel; the butter pretzel
      a scoop of ice cream; the scoop of ice cream
      a plate of noodles; the plate of noodles
      an onion pie; the onion pie
      a cinnamon roll; the cinnamon roll
      a bowl of rice; the bowl of rice
      a waffle with syrup; the waffle with syrup
      a chocolate bar; the chocolate bar
      a baked potato; the baked potato
      a slice of toast; the slice of toast
      a fish cake; the fish cake
      a plum dumpling; the plum dumpling
      a spoonful of jelly; the spoonful of jelly
      a stick of celery; the stick of celery
      """),
    WordPool(
      "instrument",
      list: """
        drum, trumpet, flute, fiddle, banjo, guitar, harp, tambourine, xylophone, accordion, horn,
        bagpipe, cello, piano, harmonica, triangle, ukulele, recorder, gong
        """),
    WordPool(
      "animal", forms: "name plural call cried food home",
      """
      dog; dogs; Woof; barked; bones; kennel
      cat; cats; Meow; meowed; fish; basket
      cow; cows; Moo; mooed; clover; barn
      sheep; sheep; Baa; bleated; grass; fold
      horse; horses; Neigh; neighed; oats; stable
      pig; pigs; Oink; grunted; turnips; sty
      duck; ducks; Quack; quacked; bread crumbs; pond
      goose; geese; Honk; honked; grain; reeds
      hen; hens; Cluck; clucked; corn; coop
      goat; goats; Maa; bleated; thistles; shed
      donkey; donkeys; Hee-haw; brayed; hay; pasture
      frog; frogs; Ribbit; croaked; flies; lily pad
      mouse; mice; Squeak; squeaked; cheese; mouse hole
      rabbit; rabbits; Snuffle; sniffed; lettuce; burrow
      squirrel; squirrels; Chitter; chattered; acorns; tree hollow
      fox; foxes; Yip; yipped; berries; den
      owl; owls; Hoo; hooted; beetles; old oak
      crow; crows; Caw; cawed; seeds; treetop
      robin; robins; Tweet; chirped; worms; nest
      parrot; parrots; Squawk; squawked; sunflower seeds; birdcage
      bear; bears; Grr; growled; honey; cave
      deer; deer; Huff; snorted; leaves; meadow
      hedgehog; hedgehogs; Snuff; snuffled; slugs; leaf pile
      turtle; turtles; Hmm; hummed; water plants; mud bank
      beaver; beavers; Slap; whistled; bark; lodge
      otter; otters; Wheek; whistled; crabs; riverbank
      raccoon; raccoons; Churr; chirred; grapes; hollow log
      pony; ponies; Whinny; whinnied; sugar lumps; paddock
      swan; swans; Hiss; hissed; pondweed; lake
      badger; badgers; Grumph; grumbled; roots; sett
      lizard; lizards; Tsk; clicked; crickets; stone wall
      woodpecker; woodpeckers; Rat-a-tat; drummed; ants; birch tree
      mole; moles; Snort; snorted; grubs; tunnel
      """),
    WordPool(
      "companion", group: "animal", forms: "name plural call cried food home",
      """
      dog; dogs; Woof; barked; bones; kennel
      cat; cats; Meow; meowed; fish; basket
      rabbit; rabbits; Snuffle; sniffed; lettuce; hutch
      parrot; parrots; Squawk; squawked; sunflower seeds; birdcage
      turtle; turtles; Hmm; hummed; cabbage leaves; glass tank
      hamster; hamsters; Squeak; squeaked; oats; hamster wheel
      guinea pig; guinea pigs; Wheek; squealed; carrot tops; straw box
      canary; canaries; Trill; sang; bird seed; cage
      duck; ducks; Quack; quacked; peas; pond
      hen; hens; Cluck; clucked; corn; coop
      piglet; piglets; Oink; grunted; apple peels; sty
      lamb; lambs; Baa; bleated; fresh hay; fold
      """),
    WordPool(
      "plant", forms: "name plural bloom",
      """
      sunflower; sunflowers; a big yellow face
      pumpkin; pumpkins; a fat orange belly
      bean; beans; long green pods
      tulip; tulips; a smooth red cup
      pea; peas; curly little vines
      cucumber; cucumbers; a long bumpy fruit
      daisy; daisies; a ring of white petals
      potato; potatoes; small purple flowers
      rose; roses; a sweet pink bud
      pepper; peppers; a shiny green lantern
      marigold; marigolds; a puffy orange head
      squash; squashes; wide floppy leaves
      poppy; poppies; petals as thin as paper
      cabbage; cabbages; a round crinkled head
      lavender; lavender bushes; tiny purple spikes
      """),
    WordPool(
      "number", group: "number",
      list: "two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, fifteen, twenty"),
    WordPool("age", group: "number", list: "four, five, six, seven, eight, nine"),
  ]
}
