export { formatFinding } from "./finding.ts";
export { type CheckedSettings, checkSettings, type SettingsSources } from "./load-settings.ts";
export { LOG_FORMATS, LOG_LEVELS } from "./log.ts";
export { findSettingsFile, namedFile, type SettingsFile } from "./places.ts";
