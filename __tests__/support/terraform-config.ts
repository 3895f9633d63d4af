import { join } from "node:path";
import { terraformEnvironment } from "../../rehearsal/terraform-config";

// Runs before every test file.
Object.assign(process.env, terraformEnvironment(join(__dirname, "..", "..")));
// The pinned SDK runs on Node.js 20; its word about later versions would stand above every test's output.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
