/** Objects of the cluster that cannot be used, for fields of other types than the API's: counted, the first one shown. */
export class InvalidObjects {
  count = 0;
  #first = "";

  /** `problem` names the object, and what is wrong with it. */
  readonly add = (problem: string): void => {
    if (this.count === 0) this.#first = problem;
    this.count++;
  };

  /** One sentence, with what to do; none where all is well. */
  get problems(): readonly string[] {
    if (this.count === 0) return [];
    const [are, first] =
      this.count === 1 ? ["object of the cluster is", ""] : ["objects of the cluster are", "first: "];
    return [`${this.count} ${are} left out (${first}${this.#first}); see what made it`];
  }
}
