using System.Globalization;
using System.Text.RegularExpressions;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Tests.Documentation;

/// <summary>The table of docs/backbones.md is what the backbones are.</summary>
public sealed partial class BackbonesPageTests
{
    private const int Size = 64;

    [Fact]
    public void The_table_has_every_backbone_with_its_parameters_features_and_normalisation()
    {
        TorchRuntime.Initialize();
        string[] expected = [.. BackboneFactory.All.Select(Describe)];

        Row().Matches(Read("backbones.md")).Select(row => row.Groups[1].Value).Should().Equal(expected);
    }

    [Fact]
    public void The_console_s_page_lists_every_backbone()
    {
        string row = Read("console.md").Split('\n').Single(line => line.StartsWith("| `--backbone` |", StringComparison.Ordinal));

        row.Should().Contain(string.Join(", ", BackboneFactory.All.Select(backbone => $"`{backbone.Name}`")));
    }

    private static string Describe(BackboneFactory factory)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        IBackbone backbone = factory.Create(RandomKey.FromSeed(1));
        using IDisposable module = backbone.Module;
        backbone.Module.eval();
        torch.Tensor map = backbone.Module.call(torch.zeros(1, 3, Size, Size));
        map.size(1).Should().Be(backbone.FeatureWidth);
        backbone.Module.call(torch.zeros(1, 3, 1, 1)).shape.Should().Equal([1, backbone.FeatureWidth, 1, 1], "one pixel is enough");
        long parameters = backbone.Module.parameters().Sum(parameter => parameter.numel());
        string normalisation = factory.Normalization.Mean.Red == 0.5f ? "0.5 and 0.5" : "ImageNet's";
        return $"`{factory.Name}` | `{backbone.GetType().Name}` | " + string.Create(
            CultureInfo.InvariantCulture, $"{parameters} | {backbone.FeatureWidth} | 1/{Size / map.size(2)} | {normalisation}");
    }

    private static string Read(string page) => File.ReadAllText(Path.Combine(Repository.Root, "docs", page)).ReplaceLineEndings("\n");

    // | `name` | `Class` | parameters | features | share | normalisation |
    [GeneratedRegex(@"^\| (`\w+` \| `\w+` \| \d+ \| \d+ \| 1/\d+ \| [^|]+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
