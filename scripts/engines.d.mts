export const engines: Array<string>
