using System.Collections.Immutable;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Imaging;
using SsMfar.Models;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>Pretrained weights by name: the data that they were trained on, or one row's variant.</summary>
internal sealed class WeightFiles
{
    private readonly ImmutableSortedDictionary<string, string> _files;

    private WeightFiles(ImmutableSortedDictionary<string, string> files) => _files = files;

    public static WeightFiles None { get; } = new(ImmutableSortedDictionary.Create<string, string>(StringComparer.OrdinalIgnoreCase));

    /// <summary>The names that weights can be given for.</summary>
    public static ImmutableArray<string> Names { get; } =
    [
        PaperRow.UsualPretraining,
        .. SsMfarVariant.All.Select(variant => variant.PretrainedOn).OfType<string>().Distinct(),
        .. SsMfarVariant.All.Where(variant => !variant.FromScratch).Select(variant => variant.Name),
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
                : new(_files.Add(name, text[(equals + 1)..]));
    }

    /// <summary>
    /// The weights that a variant starts from: its own, else those of the data that it is about, else those of the paper's other rows; none
    /// where it is about training from scratch.
    /// </summary>
    public string? For(SsMfarVariant variant) => variant.FromScratch
        ? null
        : _files.GetValueOrDefault(variant.Name) ?? _files.GetValueOrDefault(variant.PretrainedOn ?? PaperRow.UsualPretraining);

    /// <summary>Looks into every file that a variant starts from, so that none fails in the middle of an ablation.</summary>
    /// <exception cref="BadInputException">A file is missing, or holds another network.</exception>
    /// <exception cref="ModelFileException">A file is damaged.</exception>
    public void Check(IEnumerable<SsMfarVariant> variants)
    {
        foreach (SsMfarVariant variant in variants)
        {
            if (For(variant) is not { } file)
            {
                continue;
            }

            if (!File.Exists(file))
            {
                throw new BadInputException($"--pretrained '{file}': there is no such file. Check the path.");
            }

            string needed = (variant.Backbone ?? BackboneFactory.ResNet18).Name;
            string? found = PretrainedWeights.FromFile(file, ChannelOrder.Rgb).DetectBackbone()?.Name;
            if (found != needed)
            {
                throw new BadInputException($"--pretrained '{file}': {variant.Name} needs a {needed}, the file holds " +
                    $"{(found is null ? "none" : $"a {found}")}. Give other weights.");
            }
        }
    }
}
