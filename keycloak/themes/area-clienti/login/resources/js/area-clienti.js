/** Everything a page of the customer area gains from scripts; each works without them. */
import "./forms.js";
import "./password.js";
import "./code.js";
