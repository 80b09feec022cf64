/** What a node came to, as other nodes are given it. */
import { Hash } from "../../domain/Hash.js"
import { NodeId } from "../../domain/Ids.js"

/** Given to another node as an input, it makes that one depend on it. */
export class Ref<A> {
  readonly value: A
  readonly node: NodeId
  readonly digest: Hash
  constructor(value: A, node: NodeId, digest: Hash) {
    this.value = value
    this.node = node
    this.digest = digest
  }
}

/** Those of what is no node of a run. */
export const noHash = Hash.make("0".repeat(64))
export const noNode = NodeId.make("00000000-0000-0000-0000-000000000000")
