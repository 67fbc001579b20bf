using System.CommandLine;
using SsMfar.Training;

namespace SsMfar.Benchmarks.Merging;

/// <summary>What the measurement of merged sets is given.</summary>
/// <param name="Faces">Drawn faces to learn from, a third of them in each set.</param>
/// <param name="Judged">Drawn faces of other people, with all labels, to judge by.</param>
/// <param name="Epochs">Passes of the merged set's runs.</param>
/// <param name="Size">Pixels a side.</param>
/// <param name="Batch">Images in a batch.</param>
/// <param name="Runs">Seeds from 1 on, each a run of every model.</param>
/// <param name="Variant">How all of them train.</param>
/// <param name="EqualSteps">Whether the runs of single sets have as many steps as the merged set's; else as many passes.</param>
/// <param name="Device">cpu or cuda.</param>
internal sealed record MergedOptions(
    int Faces, int Judged, int Epochs, int Size, int Batch, int Runs, SsMfarVariant Variant, bool EqualSteps, string Device)
{
    private static readonly Option<int> FacesOption = Number("--count", "Drawn faces to learn from, a third in each set", 6000);
    private static readonly Option<int> JudgedOption = Number("--judged", "Drawn faces of other people to judge by", 2000);
    private static readonly Option<int> EpochsOption = Number("--epochs", "Passes over the merged set", 20);
    private static readonly Option<int> SizeOption = Number("--size", "Pixels a side", 64);
    private static readonly Option<int> BatchOption = Number("--batch", "Images in a batch", 64);
    private static readonly Option<int> RunsOption = Number("--runs", "Seeds, each a run of every model", 1);

    private static readonly Option<string> VariantOption = new("--variant") {
        HelpName = "NAME", Description = "How all of them train", DefaultValueFactory = _ => SsMfarVariant.SsMfar.Name };

    private static readonly Option<string> EqualOption = new("--equal") {
        HelpName = "steps|passes",
        Description = "What a single set's run has as many of as the merged set's: steps of the optimizer, or passes over its rows",
        DefaultValueFactory = _ => "steps" };

    public static IReadOnlyList<Option> All { get; } =
        [FacesOption, JudgedOption, EpochsOption, SizeOption, BatchOption, RunsOption, VariantOption, EqualOption];

    public static MergedOptions Of(ParseResult parsed, string device) => new(
        parsed.GetValue(FacesOption), parsed.GetValue(JudgedOption), parsed.GetValue(EpochsOption), parsed.GetValue(SizeOption),
        parsed.GetValue(BatchOption), parsed.GetValue(RunsOption), SsMfarVariant.Parse(parsed.GetValue(VariantOption)!),
        parsed.GetValue(EqualOption) switch
        {
            "steps" => true,
            "passes" => false,
            var other => throw new ArgumentException($"--equal '{other}' is neither steps nor passes."),
        },
        device);

    private static Option<int> Number(string name, string description, int fallback)
    {
        Option<int> option = new(name) { HelpName = "N", Description = description, DefaultValueFactory = _ => fallback };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
            {
                result.AddError($"{name} must be at least 1.");
            }
        });
        return option;
    }
}
