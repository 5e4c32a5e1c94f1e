"""The training loop: float32 master weights, Muon for the matrices, AdamW for the embeddings, a running average."""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import nn
from torch.nn.functional import cross_entropy, linear
from transformers import LlamaConfig, LlamaForCausalLM

from models.recipe import batches
from models.recipe.dialogue import END, END_OF_TEXT
from models.recipe.fast_llama import FastLlama
from models.recipe.muon import Muon
from models.recipe.progress import Progress
from models.recipe.schedule import plan_steps, rate_factor
from models.recipe.settings import Recipe


class Trainer:
    """Owns the parameters that compute, their float32 master copy (transformers' names), and the optimizers.

    One worker thread per core computes gradients on its share of a batch, with a replica that shares the parameters'
    memory. On busy cores that waits once a step; threads inside every operation would wait for each other all the time.
    """

    def __init__(
        self, recipe: Recipe, tokenizer: Tokenizer, *, device: str, num_steps: int, num_workers: int = 1
    ) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.device, self.num_steps, self.step = recipe, device, num_steps, 0
        self.reference = LlamaForCausalLM(model_config(recipe, tokenizer))
        weights = {
            name: p.detach().float().to(device) for name, p in self.reference.named_parameters() if "norm" not in name
        }
        self.master = {name: nn.Parameter(p.clone()) for name, p in weights.items()}
        self.average = {name: p.detach().clone() for name, p in self.master.items()}
        self.model = FastLlama(self.reference.config, dtype=compute_dtype(device), dropout=recipe.dropout).to(device)
        self.replicas = [self.model, *(_replica(self.model) for _ in range(num_workers - 1))]
        self.pool = ThreadPoolExecutor(num_workers)
        self.to_model()
        matrices = [p for name, p in self.master.items() if "embed" not in name]
        others = [p for name, p in self.master.items() if "embed" in name]
        rate = recipe.learning_rate
        self.optimizers: list[torch.optim.Optimizer] = [
            Muon(matrices, lr=rate, weight_decay=recipe.weight_decay, dtype=self.model.dtype, executor=self.pool),
            torch.optim.AdamW(others, lr=rate, betas=(0.9, 0.98), weight_decay=0.0),
        ]

    def train_step(self, batch: batches.Batch) -> float:
        """Run one step on the batch and return its loss (mean over target tokens)."""
        loss = self.gradients(batch)
        self._apply(rate_factor(self.step, num_steps=self.num_steps, recipe=self.recipe))
        self.step += 1
        return loss

    def gradients(self, batch: batches.Batch) -> float:
        """Set the master weights' gradients for the batch and return its loss."""
        total = int((batch.targets != -100).sum())
        parts = len(self.replicas)
        shares = zip(self.replicas, batch.inputs.tensor_split(parts), batch.targets.tensor_split(parts), strict=True)
        jobs = [self.pool.submit(self._backward, *share, total) for share in shares]
        loss = sum(job.result() for job in jobs)
        grads: dict[str, torch.Tensor] = {}
        for replica in self.replicas:
            for name, parameter in replica.named_parameters():
                if parameter.grad is not None:
                    grads[name] = grads[name] + parameter.grad if name in grads else parameter.grad.float()
                    parameter.grad = None
        for name, pieces in self.model.pieces().items():
            for piece, first, end in pieces:
                self.master[piece].grad = grads[name][first:end]
        return loss

    def _backward(self, model: FastLlama, inputs: torch.Tensor, targets: torch.Tensor, total: int) -> float:
        if not inputs.numel():
            return 0.0
        hidden, targets = model(inputs.to(self.device)), targets.to(self.device)
        chosen = (targets != -100).nonzero(as_tuple=True)
        logits = linear(hidden[chosen], model.embed).float()
        loss = cross_entropy(logits, targets[chosen], reduction="sum") / total
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())

    def _apply(self, factor: float) -> None:
        nn.utils.clip_grad_norm_(self.master.values(), 1.0)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = self.recipe.learning_rate * factor
            optimizer.step()
        self._average()
        self.to_model()

    def _average(self) -> None:
        decay = min(self.recipe.average_decay, (1 + self.step) / (10 + self.step))
        averages, weights = list(self.average.values()), [p.detach() for p in self.master.values()]
        torch._foreach_lerp_(averages, weights, 1 - decay if self.recipe.average_decay else 1.0)

    @torch.no_grad()
    def to_model(self) -> None:
        """Copy the master weights into the parameters that compute."""
        parameters = dict(self.model.named_parameters())
        for name, pieces in self.model.pieces().items():
            for piece, first, end in pieces:
                parameters[name][first:end] = self.master[piece]

    @torch.no_grad()
    def result(self) -> LlamaForCausalLM:
        """Return the model of averaged weights as transformers' own, in bf16, on the CPU."""
        for name, parameter in self.reference.named_parameters():
            if name in self.average:
                parameter.copy_(self.average[name])
        return self.reference.bfloat16()

    def save(self, path: Path) -> None:
        """Write a checkpoint, whole or not at all."""
        state = {
            "step": self.step,
            "master": self.master,
            "average": self.average,
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
        }
        torch.save(state, path.with_suffix(".tmp"))
        path.with_suffix(".tmp").replace(path)

    def resume(self, path: Path) -> None:
        """Go on where the checkpoint was written."""
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.begin_with(state["master"])
        self.average = state["average"]
        self.step = state["step"]
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)

    @torch.no_grad()
    def begin_with(self, weights: dict[str, torch.Tensor]) -> None:
        """Take the weights (transformers' names) as those of step 0."""
        for name, parameter in self.master.items():
            parameter.copy_(weights[name])
            self.average[name].copy_(parameter)
        self.to_model()


def _replica(model: FastLlama) -> FastLlama:
    """Return a second model on the same memory, with gradients of its own."""
    twin = FastLlama(model.config, dtype=model.dtype, dropout=model.dropout).to(model.embed.device)
    for mine, theirs in zip(twin.parameters(), model.parameters(), strict=True):
        mine.data = theirs.data
    return twin


def compute_dtype(device: str) -> torch.dtype:
    """Return bfloat16 where the device multiplies it fast; without such instructions it is six times slower."""
    return torch.bfloat16 if device != "cpu" or torch.cpu._is_avx512_bf16_supported() else torch.float32


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """Return the weights of a checkpoint file (the averaged ones), or of a model's folder, by transformers' names."""
    if path.is_dir():
        return load_file(path / "model.safetensors")
    weights: dict[str, torch.Tensor] = torch.load(path, map_location="cpu", weights_only=True)["average"]
    return weights


def model_config(recipe: Recipe, tokenizer: Tokenizer) -> LlamaConfig:
    """Return the model's shape as transformers knows it."""
    return LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=recipe.hidden_size,
        intermediate_size=recipe.intermediate_size,
        num_hidden_layers=recipe.num_layers,
        num_attention_heads=recipe.num_heads,
        num_key_value_heads=recipe.num_heads,
        max_position_embeddings=recipe.max_model_len,
        tie_word_embeddings=True,
        initializer_range=0.02,
        bos_token_id=tokenizer.token_to_id(END_OF_TEXT),
        eos_token_id=tokenizer.token_to_id(END),
        pad_token_id=tokenizer.token_to_id(END_OF_TEXT),
    )


def run(
    recipe: Recipe,
    tokenizer: Tokenizer,
    examples: Sequence[batches.Example],
    *,
    work: Path,
    start_from: Path | None = None,
    say: Callable[[str], None] = print,
) -> LlamaForCausalLM:
    """Train to the end and return the model in bf16; goes on from `work`'s checkpoint when there is one."""
    num_threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the workers are the parallelism; teams of threads would spin when the cores are busy
    try:
        return _run(recipe, tokenizer, examples, work=work, start_from=start_from, num_workers=num_threads, say=say)
    finally:
        torch.set_num_threads(num_threads)  # for the next stage, and the evaluation


def _run(
    recipe: Recipe,
    tokenizer: Tokenizer,
    examples: Sequence[batches.Example],
    *,
    work: Path,
    start_from: Path | None,
    num_workers: int,
    say: Callable[[str], None],
) -> LlamaForCausalLM:
    steps = plan_steps(examples, recipe)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    trainer = Trainer(
        recipe, tokenizer, device=device, num_steps=len(steps), num_workers=num_workers if device == "cpu" else 1
    )
    checkpoint = work / "checkpoint.pt"
    if checkpoint.exists():
        trainer.resume(checkpoint)
    elif start_from:
        trainer.begin_with(read_weights(start_from))
    size = sum(p.numel() for p in trainer.master.values())
    say(f"{size / 1e6:.1f} M parameters, steps {trainer.step} to {len(steps)} on {device}")
    progress = Progress(first_step=trainer.step, num_steps=len(steps))
    pad = batches.pad_id(tokenizer)
    for rows in steps[trainer.step :]:
        batch = batches.collate([examples[i] for i in rows], pad)
        progress.add(trainer.train_step(batch), num_tokens=batch.inputs.numel())
        if trainer.step % 20 == 0:
            say(progress.line(trainer.step))
        if trainer.step % recipe.checkpoint_every == 0:
            trainer.save(checkpoint)
    trainer.save(work / "final.pt")
    return trainer.result()


def export(model: LlamaForCausalLM, out: Path, *, recipe: Recipe) -> None:
    """Write weights (bf16 safetensors), config and generation config next to the tokenizer's files."""
    model.generation_config.eos_token_id = model.config.eos_token_id
    model.generation_config.pad_token_id = model.config.pad_token_id
    model.generation_config.do_sample = False
    model.save_pretrained(out)
    (out / "recipe.json").write_text(json.dumps(asdict(recipe), indent=2) + "\n", encoding="utf-8")
