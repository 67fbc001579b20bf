using SsMfar.ConsoleApp.Shell;
using SsMfar.Imaging;
using SsMfar.Models;
using SsMfar.Training;
using SsMfar.Weights;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>What a backbone starts from: nothing, ImageNet's weights, or those of a file.</summary>
internal sealed record BackboneStart
{
    private const string Scratch = "none";
    private const string Photographs = "imagenet";

    private BackboneStart(string name, string? file = null) => (Name, File) = (name, file);

    /// <summary>Random weights.</summary>
    public static BackboneStart FromScratch { get; } = new(Scratch);

    /// <summary>The weights trained on ImageNet that come with this program.</summary>
    public static BackboneStart ImageNet { get; } = new(Photographs);

    /// <summary>The word of the command line, or the file's name.</summary>
    public string Name { get; }

    /// <summary>The file, or null for the others.</summary>
    public string? File { get; }

    public bool IsPretrained => this != FromScratch;

    /// <summary>The weights of a file.</summary>
    public static BackboneStart FromFile(string path) => new(Path.GetFileName(path), path);

    /// <summary>Reads the option's value. A file that is called like a word is reached by its path, such as <c>./none</c>.</summary>
    /// <exception cref="FormatException">The text is empty.</exception>
    public static BackboneStart Parse(string text) => text.ToLowerInvariant() switch
    {
        "" => throw new FormatException("must not be empty."),
        Scratch => FromScratch,
        Photographs => ImageNet,
        _ => FromFile(text),
    };

    /// <summary>
    /// The start where none is given: the recipe's, if there are weights for the backbone, and the variant is not about others, or none.
    /// </summary>
    public static BackboneStart Default(TrainingRecipe recipe, SsMfarVariant variant, BackboneFactory backbone) =>
        recipe.PretrainedOn == ImageNetWeights.DataSet && variant is { FromScratch: false, PretrainedOn: null } &&
        ImageNetWeights.Backbones.Contains(backbone)
            ? ImageNet
            : FromScratch;

    /// <summary>Refuses a start that there is not, before any work.</summary>
    /// <param name="backbone">The network that is to start.</param>
    /// <param name="option">The option that gave it.</param>
    /// <exception cref="BadInputException">There is no such file, or there are no such weights for the backbone.</exception>
    /// <exception cref="ModelFileException">The program's own file is not beside it, or is another one.</exception>
    public void Check(BackboneFactory backbone, string option)
    {
        if (File is not null && !System.IO.File.Exists(File))
        {
            throw new BadInputException($"{option} '{File}': there is no such file. Check the path.");
        }

        if (this == ImageNet && !ImageNetWeights.Backbones.Contains(backbone))
        {
            throw new BadInputException(
                $"{option} {Photographs}: there are none for {backbone.Name}, only for " +
                $"{string.Join(", ", ImageNetWeights.Backbones.Select(known => known.Name))}. Give a FILE, or {option} {Scratch} to " +
                "start from scratch.");
        }

        if (this == ImageNet)
        {
            ImageNetWeights.For(backbone);
        }
    }

    /// <summary>Refuses an order of channels that no start has a use for.</summary>
    /// <param name="order">The order of the images that a file's weights were trained on.</param>
    /// <param name="starts">What backbones start from.</param>
    /// <exception cref="BadInputException">None is a file.</exception>
    public static void CheckUse(ChannelOrder order, params IEnumerable<BackboneStart> starts)
    {
        if (order != ChannelOrder.Rgb && starts.All(start => start.File is null))
        {
            throw new BadInputException(
                "--channel-order is about the images that a file's weights were trained on: add --weights FILE, or leave it out.");
        }
    }

    /// <summary>The weights; null for none.</summary>
    /// <param name="backbone">The network that is to start.</param>
    /// <param name="channelOrder">The order of the images that a file's weights were trained on.</param>
    /// <param name="prefix">What the names of the network start with in a file; null: it is found.</param>
    public PretrainedWeights? Weights(BackboneFactory backbone, ChannelOrder channelOrder, string? prefix) =>
        File is not null ? PretrainedWeights.FromFile(File, channelOrder, new() { Prefix = prefix })
        : this == ImageNet ? ImageNetWeights.For(backbone)
        : null;

    /// <summary>What a run is known by that started so: of a file its content, since it may be moved.</summary>
    public string Fingerprint() => File is null ? Name : StartRecord.Fingerprint(File);

    /// <summary>What the weights are, for readers.</summary>
    public string Describe(BackboneFactory backbone) =>
        File is not null ? $"the weights in {Name}" : this == ImageNet ? $"{ImageNetWeights.DataSet}'s {backbone.Name}" : "scratch";
}
