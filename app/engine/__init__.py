"""Synchronous torch: sequence, scheduler, KV cache, model runner, sampler, engine. No asyncio, fastapi or locks."""
