"""One logit a choice from pooled hidden states, each step computed by the worker."""

import parable
import torch
from part2.model import Linear, softmax
from torch import nn


class TransformerForMultipleChoice(nn.Module):
    def __init__(
        self, transformer_lm, hidden_size, num_choices=4, pooling="last", freeze_backbone=False
    ):
        super().__init__()
        self.transformer = transformer_lm
        self.hidden_size, self.num_choices, self.pooling = hidden_size, num_choices, pooling
        self.classifier = Linear(hidden_size, 1)
        if freeze_backbone:
            self.transformer.requires_grad_(False)

    def _get_hidden_states(self, input_ids):
        return self.transformer.hidden_states(input_ids)

    def _pool(self, hidden_states, attention_mask=None):
        if attention_mask is None:
            attention_mask = torch.ones(hidden_states.shape[:-1])
        tensors = {"hidden_states": hidden_states, "attention_mask": attention_mask.long()}
        return parable.output("pooling", tensors, {"pooling": self.pooling})

    def forward(self, input_ids, attention_mask=None):
        questions, choices, sequence = input_ids.shape
        if attention_mask is not None:
            attention_mask = attention_mask.reshape(-1, sequence)
        hidden = self._get_hidden_states(input_ids.reshape(-1, sequence))
        return self.classifier(self._pool(hidden, attention_mask)).reshape(questions, choices)

    @torch.no_grad()
    def predict(self, input_ids, attention_mask=None):
        self.eval()
        return self(input_ids, attention_mask).argmax(dim=-1)

    @torch.no_grad()
    def predict_probs(self, input_ids, attention_mask=None):
        self.eval()
        return softmax(self(input_ids, attention_mask), dim=-1)


def evaluate_qa_model(model, dataloader, device="cpu"):
    """The share of right predictions among the questions with an answer, and all predictions."""
    predictions, labels = [], []
    for batch in dataloader:
        predictions += model.predict(batch["input_ids"], batch["attention_mask"]).tolist()
        labels += batch["labels"].tolist()
    return {
        "accuracy": accuracy(predictions, labels),
        "predictions": predictions,
        "labels": labels,
    }


def accuracy(predictions, labels):
    """The share of right predictions where there is a label, 0 where there is none."""
    judged = [prediction == label for prediction, label in zip(predictions, labels) if label >= 0]
    return sum(judged) / len(judged) if judged else 0.0
