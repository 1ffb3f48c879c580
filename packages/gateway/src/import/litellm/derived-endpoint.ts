import { type EndpointPlace, findEndpoint, type ProviderTypeName } from "../../catalogue.ts";

/** The endpoint of a type; a region or location that is a reference is part of it as it is written. */
export function derivedEndpoint(type: ProviderTypeName, place: EndpointPlace): string | undefined {
  const { region, location } = place;
  const marked = findEndpoint(type, {
    region: region?.startsWith("${") === true ? MARK : region,
    location: location?.startsWith("${") === true ? MARK : location,
  });
  return marked?.replace(MARK, () => region ?? location ?? "");
}

const MARK = "put-the-place-here";
