/** Counts invalid objects of the cluster, which are ignored, and keeps the first problem. */
export class InvalidObjects {
  count = 0;
  #first = "";

  /** `problem` names the object, the field and the fault. */
  readonly add = (problem: string): void => {
    if (this.count === 0) this.#first = problem;
    this.count++;
  };

  /** One sentence with a fix; empty without an invalid object. */
  get problems(): readonly string[] {
    if (this.count === 0) return [];
    const [objects, first] = this.count === 1 ? ["object was", ""] : ["objects were", "first: "];
    return [
      `${this.count} invalid ${objects} ignored (${first}${this.#first}); correct the file or the server that provides ${this.count === 1 ? "it" : "them"}`,
    ];
  }
}
