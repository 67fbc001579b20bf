using System.Collections.Immutable;
using System.Globalization;
using SsMfar.ConsoleApp.Sharding;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Metadata;

namespace SsMfar.ConsoleApp.Photographs;

/// <summary>What <c>align</c> is given.</summary>
internal sealed record AlignArguments(
    string Images, string? Annotations, string Out, FaceTemplate Template, string? Detector, double? MinimumScore,
    ExpressionClassSet? Classes, Shard? Shard)
{
    /// <summary>Which part of what work this is.</summary>
    /// <param name="session">Where the command's words go.</param>
    /// <param name="shard">The part.</param>
    /// <param name="names">The pictures of all parts.</param>
    public PartHead Part(ConsoleSession session, Shard shard, ImmutableArray<string> names) => PartHead.Of(
        session,
        AlignCommand.Name,
        shard,
        [.. new[] { Annotations, Detector }.OfType<string>()],
        [
            Annotations is null ? "pictures" : "annotations",
            Template.ToJson(),
            MinimumScore?.ToString("R", CultureInfo.InvariantCulture) ?? "",
            Classes?.ToString() ?? "",
            .. names,
        ]);
}
