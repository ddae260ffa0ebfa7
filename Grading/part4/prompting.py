"""Questions as prompts, answered by the letter that the network finds likeliest."""

import torch
from part2.model import softmax
from part4.qa_model import accuracy

_LETTERS = "ABCDEFGH"


class PromptTemplate:
    """Puts a question into words; {context}, {question} and {choices_formatted} are filled in."""

    TEMPLATES = {
        "basic": "{context}\n\nQuestion: {question}\n{choices_formatted}\n\nAnswer:",
        "instruction": (
            "Choose the answer that the text supports.\n\nText: {context}\n\n"
            "Question: {question}\n{choices_formatted}\n\nThe right letter is"
        ),
        "cot": (
            "{context}\n\nQuestion: {question}\n{choices_formatted}\n\n"
            "Compare every choice with the text.\nAnswer:"
        ),
        "simple": "{context}\n{question}\n{choices_formatted}\nAnswer:",
    }

    def __init__(self, template_name="basic", custom_template=None, choice_format="letter"):
        if not custom_template and template_name not in self.TEMPLATES:
            known = ", ".join(self.TEMPLATES)
            raise ValueError(f"unknown template {template_name!r}: {known} are there")
        self.template = custom_template or self.TEMPLATES[template_name]
        self.choice_format = choice_format

    def _label(self, index):
        return _LETTERS[index] if self.choice_format == "letter" else str(index + 1)

    def _format_choices(self, choices):
        return "\n".join(f"{self._label(i)}. {choice}" for i, choice in enumerate(choices))

    def format(self, context, question, choices, **more):
        return self.template.format(
            context=context,
            question=question,
            choices_formatted=self._format_choices(choices),
            **more,
        )

    def format_with_answer(self, context, question, choices, answer_idx):
        return f"{self.format(context, question, choices)} {self._label(answer_idx)}"


class PromptingPipeline:
    """Asks a network; of several tokens of a label the last counts."""

    def __init__(self, model, tokenizer, template=None, device="cpu"):
        self.model, self.tokenizer, self.device = model, tokenizer, device
        self.template = template or PromptTemplate("basic")
        labels = [*"ABCD", *"1234"]
        self.choice_tokens = {label: tokenizer.encode(" " + label)[-1] for label in labels}

    def predict_single(self, context, question, choices, return_probs=False):
        prompt = self.template.format(context, question, choices)
        return self._answer(prompt, len(choices), return_probs)

    def predict_batch(self, examples, batch_size=8):
        return [
            self.predict_single(example["context"], example["question"], example["choices"])
            for example in examples
        ]

    def few_shot_predict(self, context, question, choices, few_shot_examples):
        shown = [
            self.template.format_with_answer(
                example["context"], example["question"], example["choices"], example["answer"]
            )
            for example in few_shot_examples
        ]
        asked = self.template.format(context, question, choices)
        return self._answer("\n\n".join([*shown, asked]), len(choices), False)

    @torch.no_grad()
    def _answer(self, prompt, count, return_probs):
        self.model.eval()
        ids = self.tokenizer.encode(prompt)
        # A prompt past the context loses its beginning, never the question.
        context = getattr(self.model, "context_length", None) or len(ids)
        logits = self.model(torch.tensor([ids[-context:]]))[0, -1]
        labels = [self.template._label(index) for index in range(count)]
        scores = [
            logits[self.choice_tokens[label]].item() if label in self.choice_tokens else -torch.inf
            for label in labels
        ]
        probabilities = softmax(torch.tensor(scores), dim=-1)
        prediction = int(probabilities.argmax())
        return (prediction, probabilities.tolist()) if return_probs else prediction


def evaluate_prompting(pipeline, examples, batch_size=8):
    """The share of right predictions among the questions with an answer, and all predictions."""
    predictions = pipeline.predict_batch(examples, batch_size)
    labels = [example.get("answer", -1) for example in examples]
    return {"accuracy": accuracy(predictions, labels), "predictions": predictions}
