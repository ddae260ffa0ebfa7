"""Texts and questions as tensors of the ids that the worker's tokenizer gives."""

import json
from pathlib import Path

import torch
from torch.utils.data import DataLoader, Dataset

_PADDING = 0


class PretrainingDataset(Dataset):
    """Windows of a text's ids, and the same one further."""

    def __init__(self, file_path, tokenizer, max_length=256, stride=None):
        self.tokenizer = tokenizer
        self.max_length, self.stride = max_length, stride or max_length
        self.token_ids = tokenizer.encode(Path(file_path).read_text(encoding="utf-8"))
        self.num_sequences = 1 + max(0, len(self.token_ids) - max_length) // self.stride

    def __len__(self):
        return self.num_sequences

    def __getitem__(self, index):
        index = _index(index, len(self))
        start = index * self.stride
        window = self.token_ids[start : start + self.max_length + 1]
        window = window + [_PADDING] * (self.max_length + 1 - len(window))
        ids = torch.tensor(window, dtype=torch.long)
        return {"input_ids": ids[:-1], "labels": ids[1:]}


class MultipleChoiceQADataset(Dataset):
    """Each choice after its passage and question, all of one length."""

    def __init__(self, data, tokenizer, max_length=256, num_choices=4):
        self.data, self.tokenizer = data, tokenizer
        self.max_length, self.num_choices = max_length, num_choices

    @classmethod
    def from_json(cls, file_path, tokenizer, **options):
        return cls(json.loads(Path(file_path).read_text(encoding="utf-8")), tokenizer, **options)

    def __len__(self):
        return len(self.data)

    def _format_choice_input(self, context, question, choice):
        return f"{context}\n\nQuestion: {question}\n\nAnswer: {choice}"

    def __getitem__(self, index):
        example = self.data[_index(index, len(self))]
        # What is too long loses its beginning: the choices would be equal without their ends.
        rows = [
            self.tokenizer.encode(
                self._format_choice_input(example["context"], example["question"], choice)
            )[-self.max_length :]
            for choice in example["choices"]
        ]
        shape = (len(rows), self.max_length)
        ids = torch.full(shape, _PADDING, dtype=torch.long)
        mask = torch.zeros(shape, dtype=torch.long)
        for row, tokens in enumerate(rows):
            ids[row, : len(tokens)] = torch.tensor(tokens, dtype=torch.long)
            mask[row, : len(tokens)] = 1
        label = torch.tensor(example.get("answer", -1), dtype=torch.long)
        return {"input_ids": ids, "attention_mask": mask, "labels": label}


def _index(index, count):
    """The place from the beginning; a loop over a dataset ends with this error."""
    if not -count <= index < count:
        raise IndexError(index)
    return index % count


def create_pretraining_dataloader(
    file_path, tokenizer, batch_size=8, max_length=256, stride=None, shuffle=True, num_workers=0
):
    dataset = PretrainingDataset(file_path, tokenizer, max_length, stride)
    return DataLoader(dataset, batch_size=batch_size, shuffle=shuffle, num_workers=num_workers)


def create_qa_dataloader(
    data, tokenizer, batch_size=4, max_length=256, num_choices=4, shuffle=True, num_workers=0
):
    make = (
        MultipleChoiceQADataset.from_json
        if isinstance(data, (str, Path))
        else MultipleChoiceQADataset
    )
    dataset = make(data, tokenizer, max_length=max_length, num_choices=num_choices)
    return DataLoader(dataset, batch_size=batch_size, shuffle=shuffle, num_workers=num_workers)
