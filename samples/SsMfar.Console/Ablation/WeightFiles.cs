using System.Collections.Immutable;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Imaging;
using SsMfar.Models;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>
/// Pretrained weights by name: the data that they were trained on, or one row's variant; and what the rows start from that none are for.
/// </summary>
internal sealed class WeightFiles
{
    private readonly ImmutableSortedDictionary<string, string> _files;
    private readonly BackboneStart _others;

    private WeightFiles(ImmutableSortedDictionary<string, string> files, BackboneStart others) => (_files, _others) = (files, others);

    public static WeightFiles None { get; } =
        new(ImmutableSortedDictionary.Create<string, string>(StringComparer.OrdinalIgnoreCase), BackboneStart.FromScratch);

    /// <summary>The names that weights can be given for.</summary>
    public static ImmutableArray<string> Names { get; } =
    [
        PaperRow.UsualPretraining,
        .. SsMfarVariant.All.Select(variant => variant.PretrainedOn).OfType<string>().Distinct(),
        .. SsMfarVariant.All.Concat(SsMfarVariant.BeyondPaper).Where(variant => !variant.FromScratch).Select(variant => variant.Name),
    ];

    /// <summary>Reads one <c>NAME=FILE</c> and adds it.</summary>
    /// <exception cref="FormatException">There is no name, no such name, no file's path, or the name was given before.</exception>
    public WeightFiles With(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < 1 || equals == text.Length - 1)
        {
            throw new FormatException("must be NAME=FILE.");
        }

        string name = text[..equals];
        if (SsMfarVariant.All.Any(variant => variant.FromScratch && string.Equals(variant.Name, name, StringComparison.OrdinalIgnoreCase)))
        {
            throw new FormatException(
                $"{name} is about training from scratch, and the paper's row has no pretrained weights; leave them out.");
        }

        return !Names.Contains(name, StringComparer.OrdinalIgnoreCase)
            ? throw new FormatException($"there is no row for weights named '{name}'; names are {string.Join(", ", Names)}.")
            : _files.ContainsKey(name)
                ? throw new FormatException($"weights named '{name}' are given twice.")
                : new(_files.Add(name, text[(equals + 1)..]), _others);
    }

    /// <summary>The same, and what the rows start from that no weights are named for.</summary>
    public WeightFiles Else(BackboneStart others) => new(_files, others);

    /// <summary>
    /// What a variant starts from: its own weights, else those of the data that it is about, else what the others start from; scratch where
    /// it is about that.
    /// </summary>
    public BackboneStart For(SsMfarVariant variant) =>
        variant.FromScratch ? BackboneStart.FromScratch : Named(variant) is { } file ? BackboneStart.FromFile(file) : _others;

    /// <summary>What takes the place of the data that a variant is about, for readers; null where nothing does.</summary>
    public string? InsteadOf(SsMfarVariant variant) =>
        variant.PretrainedOn is null || Named(variant) is not null || !_others.IsPretrained ? null
        : _others == BackboneStart.ImageNet ? ImageNetWeights.DataSet
        : "other weights";

    /// <summary>Looks into every file that a variant starts from, so that none fails in the middle of an ablation.</summary>
    /// <exception cref="BadInputException">A file is missing, holds another network, or is for none of the variants.</exception>
    /// <exception cref="ModelFileException">A file is damaged.</exception>
    public void Check(IReadOnlyCollection<SsMfarVariant> variants)
    {
        if (_files.Keys.Except(variants.Select(NameFor).OfType<string>(), StringComparer.OrdinalIgnoreCase).FirstOrDefault() is { } idle)
        {
            throw new BadInputException(
                $"--pretrained {idle}={_files[idle]}: no row starts from it; the rows are " +
                    $"{string.Join(", ", variants.Select(variant => variant.Name))}. Leave it out, or name a row among --variants that " +
                    "does.");
        }

        foreach (SsMfarVariant variant in variants)
        {
            BackboneStart start = For(variant);
            string option = Named(variant) is null ? "--weights" : "--pretrained";
            BackboneFactory needed = variant.Backbone ?? BackboneFactory.ResNet18;
            start.Check(needed, option);
            if (start.Weights(needed, ChannelOrder.Rgb, prefix: null) is { } weights && start.File is { } file &&
                weights.DetectBackbone()?.Name is var found && found != needed.Name)
            {
                throw new BadInputException($"{option} '{file}': {variant.Name} needs a {needed.Name}, the file holds " +
                    $"{(found is null ? "none" : $"a {found}")}. Give other weights.");
            }
        }
    }

    private string? Named(SsMfarVariant variant) => NameFor(variant) is { } name ? _files[name] : null;

    private string? NameFor(SsMfarVariant variant) => variant.FromScratch ? null
        : new[] { variant.Name, variant.PretrainedOn ?? PaperRow.UsualPretraining }.FirstOrDefault(_files.ContainsKey);
}
