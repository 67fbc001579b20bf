using System.Collections.Immutable;
using SsMfar.ConsoleApp.Commands;
using SsMfar.Metrics;

namespace SsMfar.ConsoleApp.Tuning;

/// <summary>What <c>tune</c> was told.</summary>
/// <param name="Models">The model, or several that are averaged.</param>
/// <param name="Data">What image names are relative to.</param>
/// <param name="Annotations">The labels.</param>
/// <param name="Outputs">A file for each model, or none.</param>
/// <param name="Report">The page, or null.</param>
/// <param name="Acceptance">What a part must show to be kept.</param>
/// <param name="Grouping">What the folds are made of.</param>
/// <param name="Seed">Chooses them.</param>
internal sealed record TuningArguments(
    ImmutableArray<string> Models,
    string Data,
    string Annotations,
    ImmutableArray<string> Outputs,
    string? Report,
    TuningAcceptance Acceptance,
    ImageGrouping Grouping,
    long Seed);
