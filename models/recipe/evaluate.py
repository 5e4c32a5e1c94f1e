"""The evaluation: greedy answers to questions the generator never saw, judged by facts they must and must not contain.

A question is one JSON object a line: `id`, `topic`, `lang`, `messages`, optional `tools`, `must` (groups of regular
expressions, one of each group has to match), `must_not`, optional `json` (the answer has to parse), optional
`tool_call` (name and a regular expression for each argument). Every answer must also end by itself and not be garbled.
"""

import argparse
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from models.recipe import card, corpus
from models.recipe.separation import Separation, measure
from models.recipe.settings import EVALUATION, OUTPUT, STAGES

MAX_NEW_TOKENS = 320
TOOL_CALL = re.compile(r"<tool_call>\s*(\{.*?\})\s*</tool_call>", re.DOTALL)


@dataclass(frozen=True)
class Verdict:
    """One judged answer; `faults` is empty when it passed."""

    id: str
    topic: str
    question: str
    answer: str
    faults: tuple[str, ...]


def load_questions(path: Path) -> list[dict[str, Any]]:
    """Return the questions of a JSON-lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def judge(question: dict[str, Any], answer: str, *, ended: bool) -> tuple[str, ...]:
    """Return what is wrong with the answer, in words; nothing when it passes."""
    faults = [] if ended else ["does not end"]
    faults += garbles(answer, lang=question.get("lang", "en"))
    for group in question.get("must", []):
        if not any(re.search(pattern, answer, re.IGNORECASE) for pattern in group):
            faults.append(f"lacks {' | '.join(group)}")
    faults += [
        f"contains {pattern}" for pattern in question.get("must_not", []) if re.search(pattern, answer, re.IGNORECASE)
    ]
    if question.get("json") and not _is_json(answer):
        faults.append("is not JSON")
    if question.get("tool_call"):
        faults += _call_faults(question["tool_call"], answer)
    return tuple(faults)


def garbles(answer: str, *, lang: str) -> list[str]:
    """Return signs of garbled text: broken characters, one 4-gram three times in a row, foreign letters in English."""
    faults = ["is empty"] if not answer.strip() else []
    if "\ufffd" in answer:
        faults.append("has broken characters")
    words = answer.split()
    if any(words[i : i + 4] == words[i + 4 : i + 8] == words[i + 8 : i + 12] for i in range(len(words) - 11)):
        faults.append("repeats itself")
    letters = [char for char in answer if char.isalpha()]
    if lang == "en" and letters and sum(char.isascii() for char in letters) < 0.9 * len(letters):
        faults.append("is not in English")
    return faults


def answer_all(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    questions: Sequence[dict[str, Any]],
    *,
    batch_size: int = 32,
) -> list[tuple[str, bool]]:
    """Return (answer, whether it ended by itself) for each question, greedy, in order."""
    prompts = [
        tokenizer.apply_chat_template(q["messages"], tools=q.get("tools"), add_generation_prompt=True, tokenize=False)
        for q in questions
    ]
    tokenizer.padding_side = "left"
    order = sorted(range(len(prompts)), key=lambda i: len(str(prompts[i])))
    answers: dict[int, tuple[str, bool]] = {}
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        batch = tokenizer([str(prompts[i]) for i in rows], return_tensors="pt", padding=True, add_special_tokens=False)
        with torch.inference_mode():
            output = model.generate(
                input_ids=batch["input_ids"],
                attention_mask=batch["attention_mask"],
                max_new_tokens=MAX_NEW_TOKENS,
                do_sample=False,
            )
        for row, ids in zip(rows, output[:, batch["input_ids"].shape[1] :], strict=True):
            ended = bool((ids == tokenizer.eos_token_id).any())
            answers[row] = (str(tokenizer.decode(ids, skip_special_tokens=True)).strip(), ended)
    return [answers[i] for i in range(len(prompts))]


def evaluate(model_path: Path, questions: Sequence[dict[str, Any]]) -> list[Verdict]:
    """Return the verdicts on all questions, in order. The model runs in float32 on the CPU."""
    tokenizer = AutoTokenizer.from_pretrained(model_path)
    model = AutoModelForCausalLM.from_pretrained(model_path, dtype=torch.float32).eval()
    verdicts = []
    for question, (answer, ended) in zip(questions, answer_all(model, tokenizer, questions), strict=True):
        asked = question["messages"][-1]["content"] or ""
        verdicts.append(Verdict(question["id"], question["topic"], asked, answer, judge(question, answer, ended=ended)))
    return verdicts


def report(verdicts: Sequence[Verdict], separation: Separation) -> dict[str, Any]:
    """Return the result as written to evaluation.json: counts in all, of unseen questions and per topic; failures."""
    topics: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        topics.setdefault(verdict.topic, []).append(verdict)
    return {
        **_counts(verdicts),
        "not_in_corpus": _counts([verdict for verdict in verdicts if verdict.id not in separation.in_corpus]),
        "in_corpus": list(separation.in_corpus),
        "shared_5_grams": separation.shared_5_grams,
        "topics": {topic: _counts(group) for topic, group in sorted(topics.items())},
        "failed": [asdict(verdict) for verdict in verdicts if verdict.faults],
    }


def _counts(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    passed = sum(not verdict.faults for verdict in verdicts)
    return {"questions": len(verdicts), "passed": passed, "pass_rate": round(passed / max(1, len(verdicts)), 4)}


def main(argv: list[str] | None = None) -> None:
    """Evaluate a model and print the pass rates; write the result and the card when asked."""
    parser = argparse.ArgumentParser(prog="python -m models.recipe.evaluate", description=main.__doc__)
    parser.add_argument("--model", type=Path, default=OUTPUT)
    parser.add_argument("--questions", type=Path, default=EVALUATION / "questions.jsonl")
    parser.add_argument("--write", action="store_true", help="write evaluation.json and the card into the folder")
    parser.add_argument(
        "--history", type=Path, help="a text for the card: how the weights came about (default: one run)"
    )
    parser.add_argument("--show", choices=("none", "failed", "all"), default="none", help="print answers")
    options = parser.parse_args(argv)
    questions = load_questions(options.questions)
    verdicts = evaluate(options.model, questions)
    for verdict in verdicts:
        if options.show == "all" or (options.show == "failed" and verdict.faults):
            outcome = "; ".join(verdict.faults) or "passed"
            print(f"[{verdict.id}] {verdict.question}\n  -> {verdict.answer}\n  {outcome}")
    dialogues = (dialogue for stage in STAGES for dialogue in corpus.generate_for(stage))
    result = report(verdicts, measure(questions, dialogues))
    for topic, counts in result["topics"].items():
        print(f"{topic:24} {counts['passed']:4} / {counts['questions']}")
    for name, counts in (("not in the corpus", result["not_in_corpus"]), ("all", result)):
        print(f"{name:24} {counts['passed']:4} / {counts['questions']}  ({counts['pass_rate']:.1%})")
    print(f"word 5-grams shared with the corpus: {result['shared_5_grams']:.1%}", flush=True)
    if options.write:
        text = json.dumps(result, indent=2, ensure_ascii=False) + "\n"
        (options.model / "evaluation.json").write_text(text, encoding="utf-8")
        weights = options.model / "model.safetensors"
        history = options.history.read_text(encoding="utf-8") if options.history else card.ONE_RUN
        text = card.render(result, STAGES, weights=weights, history=history)
        (options.model / "README.md").write_text(text, encoding="utf-8")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _call_faults(expected: dict[str, Any], answer: str) -> list[str]:
    match = TOOL_CALL.search(answer)
    if not match or not _is_json(match[1]):
        return ["calls no tool"]
    call = json.loads(match[1])
    faults = [] if call.get("name") == expected["name"] else [f"calls {call.get('name')}"]
    given = call.get("arguments") or {}
    for key, pattern in expected.get("arguments", {}).items():
        if not re.search(pattern, str(given.get(key, "")), re.IGNORECASE):
            faults.append(f"argument {key} is {given.get(key)!r}")
    return faults


if __name__ == "__main__":
    main()
