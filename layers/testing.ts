/** What tests of programs that use Aegis provide. */
export * from "./AegisTest.js"
