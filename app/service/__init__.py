"""The only place that knows both the event loop and an engine: admission, prompt, detokenizer, engine runner, chat."""
