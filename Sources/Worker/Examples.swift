/// Command lines that the help of a command ends with, by its name.
enum Examples {
  static let ofCommands = [
    "pretrain": [
      "worker pretrain --run runs/stories",
      "worker pretrain --corpus books.txt --validation held-out.txt --steps 1000 --run runs/books",
      "launcher -n 2 pretrain --corpus books.txt --run runs/books",
      "launcher pretrain --run runs/books --resume",
    ],
    "finetune": [
      "launcher finetune --model runs/books --train train.json --dev dev.json --output answering",
      "launcher finetune --output answering --resume",
    ],
    "prompt": [
      "worker prompt --model runs/books --dev dev.json --template auto --output answers",
      "worker prompt --model runs/books --dev dev.json --template mine.txt --output answers",
    ],
    "predict": [
      "worker predict --model answering --questions new.json --output predictions.json"
    ],
    "evaluate": ["worker evaluate --model runs/books --corpus held-out.txt"],
    "generate": [
      "worker generate --model runs/books --prompt \"Once upon a time\"",
      "worker generate --model runs/books --prompt \"The\" --strategy top-p --top-p 0.8 --seed 7",
      "worker generate --model runs/books --prompts prompts.txt --json",
    ],
    "estimate": ["worker estimate --preset base --ranks 8"],
    "verify": ["worker verify runs/books", "worker verify answering --json"],
    "reproduce": [
      "launcher reproduce runs/books", "worker reproduce model --data texts --run runs/again",
    ],
    "doctor": [
      "worker doctor --preset base --run runs/books",
      "launcher -n 2 doctor --preset base --run runs/books",
    ],
    "train-tokenizer": [
      "worker train-tokenizer --corpus books.txt --vocabulary-size 8192 --output tokenizer"
    ],
    "encode": [
      "worker encode --tokenizer tokenizer < text.txt",
      "worker encode --tokenizer tokenizer --format u16 --output text.u16 < text.txt",
    ],
    "decode": ["worker decode --tokenizer tokenizer --format u16 --input text.u16"],
    "convert-tokenizer": ["worker convert-tokenizer --tokenizer tokenizer --output converted"],
    "stories": ["worker stories --count 1000 --output stories.txt --questions questions.json"],
    "cloze": ["worker cloze --questions answers.json --output cloze.json --count 10000"],
    "config": [
      "worker config --preset base",
      "worker config --command finetune",
    ],
    "component": ["worker component case.safetensors --output out.safetensors"],
    "grade": ["worker grade cases", "worker grade cases --json"],
  ]
}
