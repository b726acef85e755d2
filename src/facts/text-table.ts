import { MAX_CHAIN_NAMES } from "../model/dns-message.ts";
import { FactStreamError } from "../model/errors.ts";
import { MAX_NAME_LENGTH, MAX_TEXT_CHARACTERS, MAX_TEXT_LENGTH } from "./record-layout.ts";

const DECODER = new TextDecoder();
const SPACE = 0x20;
const DELETE = 0x7f;

/**
 * The texts of a stream by number, as the sensor has sent them: names, and chains of names. Throws `FactStreamError` for what
 * no sensor sends, so that they take no more memory than the sensor's own.
 */
export class TextTable {
  readonly #texts: string[] = [];
  readonly #chains: (readonly string[] | undefined)[] = [];
  #characters = 0;

  put(number: number, bytes: Uint8Array): void {
    if (bytes.length > MAX_TEXT_LENGTH || !isPrintable(bytes)) {
      throw new FactStreamError("a text that is no name in the sensor's stream");
    }
    const text = DECODER.decode(bytes);
    this.#characters += text.length - (this.#texts[number]?.length ?? 0);
    if (this.#characters > MAX_TEXT_CHARACTERS) {
      throw new FactStreamError(`${this.#characters} characters of texts in the sensor's stream`);
    }
    this.#texts[number] = text;
    this.#chains[number] = undefined;
  }

  name(number: number): string {
    const name = this.#text(number);
    if (name.length <= MAX_NAME_LENGTH) return name;
    throw new FactStreamError(`a name of ${name.length} characters in the sensor's stream`);
  }

  chain(number: number): readonly string[] {
    let chain = this.#chains[number];
    if (chain === undefined) {
      chain = this.#text(number).split(" ");
      if (chain.length > MAX_CHAIN_NAMES)
        throw new FactStreamError(`a chain of ${chain.length} names in the sensor's stream`);
      this.#chains[number] = chain;
    }
    return chain;
  }

  #text(number: number): string {
    const text = this.#texts[number];
    if (text === undefined) throw new FactStreamError(`text ${number} was never sent`);
    return text;
  }
}

function isPrintable(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte < SPACE || byte >= DELETE) return false;
  return true;
}
