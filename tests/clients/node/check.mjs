// OpenAI's Node SDK and Vercel's AI SDK against a running server: node check.mjs BASE_URL. Prints a line a check;
// ends with 1 at the first that fails.
import assert from 'node:assert/strict'
import OpenAI from 'openai'
import { zodResponseFormat } from 'openai/helpers/zod'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { generateObject, generateText, streamText, tool } from 'ai'
import { z } from 'zod'

const baseURL = process.argv[2]
const client = new OpenAI({ baseURL, apiKey: 'none', maxRetries: 0 })
const model = 'tutor'
const messages = [{ role: 'user', content: 'My CPU-bound Python code is slow. Processes or threads?' }]
const Advice = z.object({ choice: z.enum(['asyncio', 'threads', 'processes']), certainty: z.enum(['low', 'high']) })
const weather = [{ role: 'user', content: 'What is the weather in Oslo?' }]
const parameters = {
  type: 'object', properties: { city: { type: 'string', maxLength: 20 } }, required: ['city'], additionalProperties: false,
}

const checks = {
  async 'openai: whole and streamed answers are the same'() {
    const whole = await client.chat.completions.create({ model, messages, temperature: 0 })
    const stream = await client.chat.completions.create({
      model, messages, temperature: 0, stream: true, stream_options: { include_usage: true },
    })
    let text = '', usage
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? ''
      usage = chunk.usage ?? usage
    }
    assert.equal(text, whole.choices[0].message.content)
    assert.deepEqual(usage.completion_tokens, whole.usage.completion_tokens)
  },
  async 'openai: an answer is parsed by a schema'() {
    const answer = await client.chat.completions.parse({
      model, messages, temperature: 1.5, seed: 1, response_format: zodResponseFormat(Advice, 'advice'),
    })
    Advice.parse(answer.choices[0].message.parsed)
  },
  async 'openai: a tool is called'() {
    const tools = [{ type: 'function', function: { name: 'get_weather', parameters } }]
    const answer = await client.chat.completions.create({ model, messages: weather, tools, tool_choice: 'required' })
    const call = answer.choices[0].message.tool_calls[0]
    assert.equal(call.function.name, 'get_weather')
    assert.equal(typeof JSON.parse(call.function.arguments).city, 'string')
  },
  async 'openai: a stream can be left'() {
    const stream = await client.chat.completions.create({ model, messages, stream: true, ignore_eos: true, max_tokens: 900 })
    for await (const chunk of stream) if (chunk.choices[0].delta.content) break
    stream.controller.abort()
  },
  async 'openai: errors have their classes'() {
    await assert.rejects(client.chat.completions.create({ model: 'other', messages }), OpenAI.NotFoundError)
    await assert.rejects(client.chat.completions.create({ model, messages, temprature: 1 }), OpenAI.BadRequestError)
  },
  async 'ai sdk: text, whole and streamed'() {
    const provider = createOpenAICompatible({ name: 'unblocked', baseURL, supportsStructuredOutputs: true })
    const prompt = messages[0].content
    const whole = await generateText({ model: provider(model), prompt, temperature: 0 })
    let text = ''
    for await (const piece of streamText({ model: provider(model), prompt, temperature: 0 }).textStream) text += piece
    assert.equal(text, whole.text)
    assert.ok(whole.usage.outputTokens > 0)
  },
  async 'ai sdk: an object and a tool call'() {
    const provider = createOpenAICompatible({ name: 'unblocked', baseURL, supportsStructuredOutputs: true })
    const { object } = await generateObject({ model: provider(model), prompt: messages[0].content, schema: Advice })
    Advice.parse(object)
    const { toolCalls } = await generateText({
      model: provider(model), prompt: weather[0].content, toolChoice: 'required',
      tools: { get_weather: tool({ inputSchema: z.object({ city: z.string().max(20) }) }) },
    })
    assert.equal(toolCalls[0].toolName, 'get_weather')
  },
}

for (const [name, check] of Object.entries(checks)) {
  try {
    await check()
    console.log(`ok  ${name}`)
  } catch (error) {
    console.error(`FAILED  ${name}\n${error.stack}`)
    process.exit(1)
  }
}
