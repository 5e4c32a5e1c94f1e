// Server-sent events out of a response's body: every event's data, parsed; comments are skipped.

/** Yield the data of each event, and return at the end of the stream; the last one may be DONE. */
export async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) {
        if (block.startsWith("data: ")) yield read(block.slice("data: ".length));
      }
    }
  } finally {
    reader.cancel().catch(() => {}); // it may have failed already, and was reported then
  }
}

export const DONE = Symbol("[DONE]");

function read(data) {
  return data === "[DONE]" ? DONE : JSON.parse(data);
}
