using System.Globalization;

namespace SsMfar.Shared;

/// <summary>
/// How a file says in its text entries of which format it is and of which version of it. Versions up to the library's own are read.
/// </summary>
/// <param name="Format">What the entry <c>format</c> says.</param>
/// <param name="Version">The version that is written, from 1.</param>
/// <param name="Kind">What such a file is called, such as <c>model file</c>.</param>
/// <param name="Instead">What to do with a file that is of another format, one sentence without its full stop.</param>
internal sealed record FormatStamp(string Format, int Version, string Kind, string Instead)
{
    public const string FormatKey = "format";
    public const string VersionKey = "format_version";

    /// <summary>Returns the two entries, with which those of a file begin.</summary>
    public Dictionary<string, string> ToEntries() => new()
    {
        [FormatKey] = Format,
        [VersionKey] = Version.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>Returns what is wrong with a file's entries, or null.</summary>
    public FormatFault? FaultOf(IReadOnlyDictionary<string, string> entries)
    {
        if (entries.GetValueOrDefault(FormatKey) != Format)
        {
            return new(FormatKey, $"it is no {Kind}: its metadata lack {FormatKey} = {Format}", Instead, IsOtherFormat: true);
        }

        string? text = entries.GetValueOrDefault(VersionKey);
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int version) || version < 1)
        {
            return new(VersionKey, $"'{text}' is no format version", "The file is damaged; save or download it again", false);
        }

        return version > Version
            ? new(
                VersionKey, FormattableString.Invariant(
                    $"the file is of format version {version}, newer than version {Version} that this library reads"),
                "Update SsMfar to read it", false)
            : null;
    }
}

/// <summary>What is wrong with a file's format, as exceptions say it.</summary>
/// <param name="Key">The entry at fault.</param>
/// <param name="Problem">One sentence without its full stop.</param>
/// <param name="Remedy">One sentence without its full stop.</param>
/// <param name="IsOtherFormat">Whether the file is of another format altogether.</param>
internal sealed record FormatFault(string Key, string Problem, string Remedy, bool IsOtherFormat);
