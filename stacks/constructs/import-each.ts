import { TerraformElement, type TerraformResource } from "cdktf";
import type { Construct } from "constructs";

/**
 * Imports a resource where there is an id for it: an import block without `for_each` fails where there is nothing to
 * import. A resource that the state already has is left as it is.
 * https://developer.hashicorp.com/terraform/language/block/import
 */
export class ImportEach extends TerraformElement {
  /** @param ids an expression of the set of ids that are there: none, or one */
  constructor(
    scope: Construct,
    id: string,
    private readonly resource: TerraformResource,
    private readonly ids: string,
  ) {
    super(scope, id);
  }

  override toTerraform(): object {
    const to = `${this.resource.terraformResourceType}.${this.resource.friendlyUniqueId}`;
    return { import: [{ to, id: "${each.value}", for_each: `\${${this.ids}}` }] };
  }
}
