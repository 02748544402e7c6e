// What heads look at, over the queries of all regions.

const roleNames = ["first", "itself", "previous", "duplicate", "induction"];
const roleTexts = ["on the first token", "on the token itself", "on the previous token", "on earlier equal tokens", "behind earlier equal tokens"];

const roles = new Map(data.groups.filter((group) => group.kind === "roles").flatMap((group) => group.rows)
  .map(([layer, head, base, adapted, ...attention]) => [
    place("", "roles", layer, head),
    { base, adapted, attention: roleNames.map((_, role) => attention.slice(2 * role, 2 * role + 2).map(share)) },
  ]));

const rolesOf = (at) => (at.head === null ? undefined : roles.get(place("", "roles", at.layer, at.head)));

// "induction", "induction → previous", or a dash for none.
function roleName(at) {
  const own = rolesOf(at);
  if (!own) return "–";
  const [base, adapted] = [own.base, own.adapted].map((role) => roleNames[role] ?? "–");
  return base === adapted ? base : `${base} → ${adapted}`;
}

function rolePart(at) {
  const own = rolesOf(at);
  if (!own) return at.head === null ? null : missing("roles");
  return [
    element("h4", {}, "Role"),
    element("p", {}, element("strong", {}, roleName(at)), own.base === null && own.adapted === null
      ? ": no kind of token has more than 40 % of its attention." : "."),
    table(["attention, all queries", "base", "adapted"],
      own.attention.map((both, role) => [roleTexts[role], ...both.map(percentage)])),
  ];
}
