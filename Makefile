# The verbs of everyday work. `make demo` is the shortest way to see everything at work.

SWIFT := swift
# An import that the manifest does not declare fails: the layers stay layers. The manifest looks anew at
# which libraries are installed: what it found the last time would be kept.
CHECKED := --explicit-target-dependency-import-check error --manifest-cache none
SOURCES := Package.swift Plugins Sources Tests Examples/Package.swift Examples/Sources
RELEASE = $(shell $(SWIFT) build -c release --show-bin-path)

PEER := ../shared/peers/torch_train.py
# --no-skips makes a skipped test a failure.
TESTS :=
# More options of Benchmarks/training.py, such as --quick or --corpus FILE: the built-in stories have
# words for about 4,200 token ids only.
BENCH :=

DEMO_RUN := runs/demo
# About two minutes on two cores.
DEMO_STEPS := 280
# Ends at a loss of 0.86; with AdamW alone it is 1.07.
DEMO_TRAINING := --optimizer muon --warmup-steps 100

.PHONY: demo setup build test fuzz check-mpich check-sanitizers check-plain check-all soak long-run \
  setup-tests lint format bench clean

demo: build
	rm -rf $(DEMO_RUN)
	$(RELEASE)/launcher pretrain --run $(DEMO_RUN) --steps $(DEMO_STEPS) $(DEMO_TRAINING)
	@for seed in 1 2 3; do \
	  printf '\n--- sample %s\n' $$seed; \
	  $(RELEASE)/worker generate --model $(DEMO_RUN) --prompt 'Once upon a time' \
	    --strategy top-k --tokens 200 --seed $$seed || exit 1; \
	done; echo

setup:
	@Scripts/setup.sh

build: setup
	$(SWIFT) build -c release $(CHECKED)

# The release run comes first, so that what ends the output is the summary of the checked build. Tests
# that want what is not installed are skipped and listed.
test: setup
	@SWIFT='$(SWIFT)' Scripts/run-tests.sh $(TESTS) -c release $(CHECKED)
	@SWIFT='$(SWIFT)' Scripts/run-tests.sh $(TESTS) $(CHECKED)

# Feeds each parser with inputs that nobody has checked, FUZZ_SECONDS each.
FUZZ_SECONDS := 600
fuzz: setup
	@SWIFT='$(SWIFT)' Scripts/fuzz.sh $(FUZZ_SECONDS)

# Kills a training a hundred times.
soak: build
	Scripts/soak.sh 100

# Ten thousand steps, whose memory, open files and threads have to stay what they were.
long-run: build
	Scripts/long-run.sh 10000

check-mpich:
	@SWIFT='$(SWIFT)' Scripts/check-mpich.sh

# All suites under the address, undefined-behaviour and thread sanitizers.
check-sanitizers: setup
	@SWIFT='$(SWIFT)' Scripts/check-sanitizers.sh

# All suites with matrix products of our own, in a folder of its own.
check-plain: setup
	@PARABLE_PLAIN_MATMUL=1 SWIFT='$(SWIFT)' Scripts/run-tests.sh --scratch-path .build/plain -c release $(CHECKED)
	@PARABLE_PLAIN_MATMUL=1 SWIFT='$(SWIFT)' Scripts/run-tests.sh --scratch-path .build/plain $(CHECKED)

# What takes too long for each change: hours, of which fuzz has FUZZ_SECONDS for each parser. `make -k
# check-all` goes on after what fails.
check-all: check-sanitizers check-plain check-mpich soak long-run fuzz

# What the tests want that may be missing: Python packages, Slurm, iproute2.
setup-tests: setup
	@Scripts/setup-tests.sh

lint:
	$(SWIFT) format lint --strict --recursive $(SOURCES)

format:
	$(SWIFT) format --in-place --recursive $(SOURCES)

# With a PyTorch trainer of the same network beside the package, its speed is measured in turns.
bench: build
	python3 Benchmarks/training.py $(if $(wildcard $(PEER)),--peer "$$(Scripts/setup-peers.sh)" $(PEER)) $(BENCH)

clean:
	$(SWIFT) package clean
