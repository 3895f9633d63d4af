import type { Lookup } from "./import-ids";
import type { Resource } from "./synth-output";

/** A resource refers to one that does not exist, so it does not exist either. */
export class Absent extends Error {}

type Values = Pick<Lookup, "given" | "value" | "resolve" | "valueOfReferrer">;

/** Resolves references between synthesized resources, such as `${aws_s3_bucket.a.id}`. */
export class References {
  private readonly ids = new Map<string, Promise<string | undefined>>();

  /** @param find returns the import id of a resource; undefined when it does not exist */
  constructor(
    private readonly resources: readonly Resource[],
    private readonly find: (resource: Resource, values: Values) => Promise<string | undefined>,
  ) {}

  /** Returns the import id of a resource; undefined when it does not exist. It is looked up once. */
  id(address: string): Promise<string | undefined> {
    const known = this.ids.get(address);
    if (known) return known;
    const resource = this.at(address);
    const id = this.find(resource, this.values(resource)).catch((error: unknown) => {
      if (error instanceof Absent) return undefined;
      throw error;
    });
    this.ids.set(address, id);
    return id;
  }

  private values(resource: Resource): Values {
    return {
      given: resource.arguments,
      value: (argument) => this.value(resource, argument),
      resolve: (expression, attribute) => this.resolve(expression, attribute),
      valueOfReferrer: (type, argument) => {
        const referrer = this.resources.find(
          (other) =>
            other.type === type && JSON.stringify(other.arguments).includes(`\${${resource.address}.`),
        );
        if (!referrer) throw new Absent();
        return this.value(referrer, argument);
      },
    };
  }

  private value({ arguments: given }: Resource, argument: string): Promise<string> {
    return this.resolve(String(given[argument]));
  }

  private async resolve(expression: string, attribute?: string): Promise<string> {
    const [, address, own = ""] = /^\$\{([\w-]+\.[\w-]+)\.(\w+)\}$/.exec(expression) ?? [];
    if (address === undefined) return expression;
    const resource = this.at(address);
    const name = attribute ?? own;
    if (name in resource.arguments) return this.value(resource, name);
    // AWS generates what is not set: the id, by which the resource is imported too.
    const id = await this.id(address);
    if (id === undefined) throw new Absent();
    return id;
  }

  private at(address: string): Resource {
    const resource = this.resources.find((one) => one.address === address);
    if (!resource) throw new Error(`The stack has no resource ${address}.`);
    return resource;
  }
}
