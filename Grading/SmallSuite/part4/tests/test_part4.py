import json
import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from part1.tokenizer import get_tokenizer
from part2.model import TransformerLM
from part4.datasets import (
    MultipleChoiceQADataset,
    PretrainingDataset,
    create_pretraining_dataloader,
    create_qa_dataloader,
)
from part4.prompting import PromptingPipeline, PromptTemplate, evaluate_prompting
from part4.qa_model import TransformerForMultipleChoice, evaluate_qa_model
from part4.sampling import generate_text, greedy_decode, nucleus_decode, top_k_decode
from part4.trainer import Trainer, TrainingConfig, compute_qa_loss

EXAMPLES = [
    {
        "context": "The crow sat on a wall.",
        "question": "Where did the crow sit?",
        "choices": ["On a roof", "On a wall", "In a tree", "On a car"],
        "answer": 1,
    },
    {"context": "It rained.", "question": "What fell?", "choices": ["Snow", "Rain"]},
]


@pytest.fixture
def tokenizer():
    vocab = {id_: bytes([id_]) for id_ in range(256)} | {256: b"<|endoftext|>"}
    return get_tokenizer(vocab, [], special_tokens=["<|endoftext|>"])


@pytest.fixture
def model():
    torch.manual_seed(7)
    return TransformerLM(257, 24, 16, num_layers=2, num_heads=2, d_ff=24)


class Fixed(torch.nn.Module):
    """Logits that do not depend on the input."""

    def __init__(self, logits):
        super().__init__()
        self.logits = torch.nn.Parameter(torch.tensor(logits))

    def forward(self, ids):
        return self.logits.expand(*ids.shape, -1)


def test_greedy_is_the_largest_logit(model):
    ids = torch.randint(256, (2, 20))
    written = greedy_decode(model, ids, max_new_tokens=6)
    assert written.shape == (2, 26) and (written[:, :20] == ids).all()
    for length in range(20, 26):
        logits = model(written[:, :length][:, -24:])[:, -1]
        assert (written[:, length] == logits.argmax(-1)).all()
    end = written[0, 22].item()
    ended = greedy_decode(model, ids[:1], 6, eos_token_id=end)
    assert ended.shape[1] <= 23 and ended[0, -1] == end
    assert (top_k_decode(model, ids, 6, k=1) == written).all()


def test_samples_come_from_the_likeliest_tokens():
    torch.manual_seed(1)
    fixed, ids = Fixed([0.0, 3.0, 2.0, -1.0, 2.5]), torch.zeros(40, 1, dtype=torch.long)
    assert set(top_k_decode(fixed, ids, 2, k=2)[:, 1:].flatten().tolist()) == {1, 4}
    assert set(nucleus_decode(fixed, ids, 2, p=0.75)[:, 1:].flatten().tolist()) == {1, 4}
    assert set(top_k_decode(fixed, ids, 3, k=50)[:, 1:].flatten().tolist()) > {1, 2, 4}
    assert (top_k_decode(fixed, ids, 1, k=5, temperature=0.01)[:, 1] == 1).all()
    assert greedy_decode(fixed, ids, 5, eos_token_id=1).shape == (40, 2)
    torch.manual_seed(2)
    first = top_k_decode(fixed, ids, 2, k=5)
    torch.manual_seed(2)
    assert (top_k_decode(fixed, ids, 2, k=5) == first).all()


def test_text_is_written_on(model, tokenizer):
    for method in ("greedy", "top_k", "nucleus"):
        text = generate_text(model, tokenizer, "A crow", max_new_tokens=3, method=method)
        assert text.startswith("A crow")
    with pytest.raises(ValueError):
        generate_text(model, tokenizer, "A crow", method="other")


def test_windows_of_a_text(tokenizer, tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("abcdefghij")
    windows = PretrainingDataset(path, tokenizer, max_length=4, stride=3)
    assert len(windows) == 3
    for index, (ids, labels) in enumerate([("abcd", "bcde"), ("defg", "efgh"), ("ghij", "hij\0")]):
        assert bytes(windows[index]["input_ids"].tolist()).decode() == ids
        assert bytes(windows[index]["labels"].tolist()).decode() == labels
    assert len(list(windows)) == 3
    short = PretrainingDataset(path, tokenizer, max_length=16)
    assert len(short) == 1 and short[0]["input_ids"].shape == (16,)
    batch = next(iter(create_pretraining_dataloader(path, tokenizer, 2, 4, 3)))
    assert batch["labels"].shape == (2, 4) and batch["labels"].dtype == torch.long


def test_questions_keep_their_choices(tokenizer, tmp_path):
    whole = MultipleChoiceQADataset(EXAMPLES, tokenizer, max_length=80)
    row = whole[0]["input_ids"][1][whole[0]["attention_mask"][1] == 1].tolist()
    expected = "The crow sat on a wall.\n\nQuestion: Where did the crow sit?\n\nAnswer: On a wall"
    assert tokenizer.decode(row) == expected
    cut = MultipleChoiceQADataset(EXAMPLES, tokenizer, max_length=20)[0]
    assert cut["input_ids"].shape == cut["attention_mask"].shape == (4, 20)
    assert len({tuple(row.tolist()) for row in cut["input_ids"]}) == 4
    assert cut["labels"].item() == 1 and whole[1]["labels"].item() == -1
    path = tmp_path / "questions.json"
    path.write_text(json.dumps(EXAMPLES[:1]))
    batch = next(iter(create_qa_dataloader(path, tokenizer, max_length=20)))
    assert batch["input_ids"].shape == (1, 4, 20) and batch["labels"].tolist() == [1]


@pytest.mark.parametrize("pooling", ["last", "mean", "max"])
def test_choices_from_pooled_states(model, pooling):
    judge = TransformerForMultipleChoice(model, hidden_size=16, pooling=pooling)
    ids, mask = torch.randint(256, (2, 3, 8)), torch.ones(2, 3, 8)
    mask[0, 1, 5:] = 0
    logits = judge(ids, mask)
    hidden = judge._get_hidden_states(ids.reshape(-1, 8))
    assert hidden.shape == (6, 8, 16)
    kept = hidden[1, :5]
    pooled = {"last": kept[-1], "mean": kept.mean(0), "max": kept.max(0).values}[pooling]
    expected = judge.classifier.weight[0] @ pooled
    torch.testing.assert_close(logits[0, 1], expected, atol=1e-5, rtol=1e-4)
    assert (judge.predict(ids, mask) == logits.argmax(-1)).all()
    assert torch.allclose(judge.predict_probs(ids).sum(-1), torch.ones(2))
    batch = {"input_ids": ids, "attention_mask": mask, "labels": torch.tensor([2, -1])}
    result = evaluate_qa_model(judge, [batch])
    assert set(result) == {"accuracy", "predictions", "labels"}
    assert result["accuracy"] == float(result["predictions"][0] == 2)
    loss = compute_qa_loss({**batch, "labels": torch.tensor([2, 0])}, judge)
    loss.backward()
    assert judge.classifier.weight.grad.abs().sum() > 0
    assert model.token_embeddings.weight.grad.abs().sum() > 0


def test_templates():
    for name in PromptTemplate.TEMPLATES:
        prompt = PromptTemplate(name).format("A passage.", "Why?", ["x", "y"])
        for words in ("A passage.", "Why?", "A. x", "B. y"):
            assert words in prompt
    numbered = PromptTemplate(custom_template="{choices_formatted}|", choice_format="number")
    assert numbered.format_with_answer("", "", ["x", "y"], 1) == "1. x\n2. y| 2"
    more = PromptTemplate(custom_template="{question} {hint}")
    assert more.format(context="", question="Why?", choices=[], hint="So.") == "Why? So."
    with pytest.raises(ValueError):
        PromptTemplate(template_name="none")


def test_predictions(model, tokenizer):
    pipeline = PromptingPipeline(model, tokenizer, PromptTemplate("simple"))
    prediction, probabilities = pipeline.predict_single(
        *(EXAMPLES[0][key] for key in ("context", "question", "choices")), return_probs=True
    )
    assert len(probabilities) == 4 and abs(sum(probabilities) - 1) < 1e-5
    assert probabilities[prediction] == max(probabilities)
    result = evaluate_prompting(pipeline, EXAMPLES)
    assert set(result) == {"accuracy", "predictions"}
    assert result["predictions"][0] == prediction and result["predictions"][1] in (0, 1)
    assert result["accuracy"] == float(prediction == 1)
    assert pipeline.few_shot_predict("c", "q", ["x", "y"], EXAMPLES[:1]) in (0, 1)


def test_training_is_not_bridged(model):
    assert TrainingConfig(num_epochs=2).num_epochs == 2
    Trainer(model, TrainingConfig(), None)
