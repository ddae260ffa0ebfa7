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
      "animal", forms: "name plural call cried food home baby",
      """
      dog; dogs; Woof; barked; bones; kennel; puppy
      cat; cats; Meow; meowed; fish; basket; kitten
      cow; cows; Moo; mooed; clover; barn; calf
      sheep; sheep; Baa; bleated; grass; fold; lamb
      horse; horses; Neigh; neighed; oats; stable; foal
      pig; pigs; Oink; grunted; turnips; sty; piglet
      duck; ducks; Quack; quacked; bread crumbs; pond; duckling
      goose; geese; Honk; honked; grain; reeds; gosling
      hen; hens; Cluck; clucked; corn; coop; chick
      goat; goats; Maa; bleated; thistles; shed; kid
      donkey; donkeys; Hee-haw; brayed; hay; pasture; foal
      frog; frogs; Ribbit; croaked; flies; lily pad; froglet
      mouse; mice; Squeak; squeaked; cheese; mouse hole; pup
      rabbit; rabbits; Snuffle; sniffed; lettuce; burrow; bunny
      squirrel; squirrels; Chitter; chattered; acorns; tree hollow; kit
      fox; foxes; Yip; yipped; berries; den; cub
      owl; owls; Hoo; hooted; beetles; old oak; owlet
      crow; crows; Caw; cawed; seeds; treetop; chick
      robin; robins; Tweet; chirped; worms; nest; chick
      parrot; parrots; Squawk; squawked; sunflower seeds; birdcage; chick
      bear; bears; Grr; growled; honey; cave; cub
      deer; deer; Huff; snorted; leaves; meadow; fawn
      hedgehog; hedgehogs; Snuff; snuffled; slugs; leaf pile; hoglet
      turtle; turtles; Hmm; hummed; water plants; mud bank; hatchling
      beaver; beavers; Slap; whistled; bark; lodge; kit
      otter; otters; Wheek; whistled; crabs; riverbank; pup
      raccoon; raccoons; Churr; chirred; grapes; hollow log; kit
      pony; ponies; Whinny; whinnied; sugar lumps; paddock; foal
      swan; swans; Hiss; hissed; pondweed; lake; cygnet
      badger; badgers; Grumph; grumbled; roots; sett; cub
      lizard; lizards; Tsk; clicked; crickets; stone wall; hatchling
      woodpecker; woodpeckers; Rat-a-tat; drummed; ants; birch tree; chick
      mole; moles; Snort; snorted; grubs; tunnel; pup
      """),
    WordPool(
      "companion", group: "animal", forms: "name plural call cried food home baby",
      """
      dog; dogs; Woof; barked; bones; kennel; puppy
      cat; cats; Meow; meowed; fish; basket; kitten
      rabbit; rabbits; Snuffle; sniffed; lettuce; hutch; bunny
      parrot; parrots; Squawk; squawked; sunflower seeds; birdcage; chick
      turtle; turtles; Hmm; hummed; cabbage leaves; glass tank; hatchling
      hamster; hamsters; Squeak; squeaked; oats; hamster wheel; pup
      guinea pig; guinea pigs; Wheek; squealed; carrot tops; straw box; pup
      canary; canaries; Trill; sang; bird seed; cage; chick
      duck; ducks; Quack; quacked; peas; pond; duckling
      hen; hens; Cluck; clucked; corn; coop; chick
      piglet; piglets; Oink; grunted; apple peels; sty; runt
      lamb; lambs; Baa; bleated; fresh hay; fold; newborn
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
