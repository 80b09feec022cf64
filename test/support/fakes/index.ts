/** Providers on loopback, for tests. */
export { contracts, type Check, type ContractName } from "./contracts.js"
export { fakeAnthropic, type FakeAnthropicOptions } from "./anthropic.js"
export { fakeOpenAi, type FakeOpenAiOptions } from "./openai.js"
export { fakeChat, template, type ChatServer, type FakeChatOptions } from "./chat.js"
export type { ManualClock } from "./prefixCache.js"
export type { Fake, Fault, Received } from "./server.js"
