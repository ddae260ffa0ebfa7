extension Lexicon {
  /// Where and when stories happen.
  static let surroundings = [
    WordPool(
      "place", forms: "name at",
      """
      the park; in the park
      the beach; at the beach
      the forest; in the forest
      the library; at the library
      the market; at the market
      the playground; on the playground
      the lake; by the lake
      the river; by the river
      the hill; on the hill
      the farm; on the farm
      the meadow; in the meadow
      the school yard; in the school yard
      the harbor; at the harbor
      the orchard; in the orchard
      the train station; at the train station
      the village square; in the village square
      the zoo; at the zoo
      the garden; in the garden
      the old castle; at the old castle
      the windmill; near the windmill
      the bakery; at the bakery
      the pond; by the pond
      the fair; at the fair
      the toy shop; at the toy shop
      the waterfall; by the waterfall
      the swimming pool; at the swimming pool
      the lighthouse; near the lighthouse
      the wheat field; in the wheat field
      the museum; at the museum
      the churchyard; in the churchyard
      the campground; at the campground
      """),
    WordPool(
      "spot",
      list: """
        under the bed, behind the sofa, in the laundry basket, on the top shelf, under the stairs,
        behind the curtain, in the bathtub, inside the big boots, under the kitchen table,
        behind the clock, in the toy chest, on the window sill, in the coat pocket, inside the oven,
        under a pillow, behind the bookcase, in the broom closet, beside the fireplace,
        inside an empty flowerpot, under the piano, in the sewing box, behind the bathroom door,
        in the attic, inside the umbrella stand, on top of the wardrobe, in the dusty cellar
        """),
    WordPool(
      "nook",
      list: """
        under the old bridge, behind the tall oak, next to a hollow log, near a flat stone,
        next to the well, between two mossy rocks, in the long grass, by a rose bush,
        behind the barn, at the foot of the cliff, beside the garden gate, beside a pile of leaves,
        under the wooden bench, near the broken fence, by the duck pond, in a patch of clover,
        behind the woodshed, under the apple tree, near a tree stump, beside the stone fountain,
        beside a rabbit hole, among the reeds, under the slide, behind the hedge, in the sandpit,
        at the edge of the cornfield
        """),
    WordPool(
      "day", list: "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday"),
    WordPool("season", list: "spring, summer, autumn, winter"),
    WordPool("daytime", list: "morning, afternoon, day"),
    WordPool(
      "fair",
      list: """
        sunny, bright, warm, breezy, cloudy, clear, mild, fresh, quiet, lovely, cool, golden,
        sparkling, windy, hazy, fine
        """),
    WordPool(
      "vehicle",
      list: """
        bus, train, boat, tram, truck, horse cart, taxi, mail van, ferry, canoe, camper van,
        hot air balloon, tractor
        """),
    WordPool(
      "noise", forms: "name source",
      """
      a soft tapping; a branch at the window
      a low humming; the old refrigerator
      a tiny scratching; a mouse in the wall
      a slow creaking; the garden gate
      a long whistle; the wind in the chimney
      a faint dripping; a leaky faucet
      a steady ticking; the hallway clock
      a loud flapping; a sheet on the clothesline
      a strange rumble; the neighbor's snoring
      a quiet rustling; a hedgehog in the leaves
      a dull thumping; a loose shutter
      a gentle clinking; the wind chimes
      a deep gurgling; the water pipes
      a sharp crackling; the last log in the stove
      """),
    WordPool(
      "storm", forms: "name did after",
      """
      thunderstorm; rumbled over the roofs; puddles on every path
      snowstorm; covered the whole street; deep snow up to the windows
      hailstorm; rattled on the roof; little ice balls in the grass
      windstorm; shook the trees; broken twigs all over the yard
      rainstorm; drummed on the windows; a small stream in the road
      sandstorm; hissed around the house; yellow dust on every step
      blizzard; howled around the corners; white drifts against the door
      downpour; poured from a black sky; water dripping from each leaf
      """),
  ]
}
