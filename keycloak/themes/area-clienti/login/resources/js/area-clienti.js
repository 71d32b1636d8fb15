/** Everything a page of the customer area gains from scripts; each works without them. */
// Before the forms: a form that waits for its proof has not been sent.
import "./proof-of-work.js";
import "./forms.js";
import "./password.js";
import "./code.js";
