using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Imaging;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Weights;

namespace SsMfar.ConsoleApp.Commands;

/// <summary><c>inspect</c>: what a weight file holds.</summary>
internal static class InspectCommand
{
    private const int NamesShown = 8;

    public static Command Create()
    {
        Argument<string> path = OptionKinds.Argument("FILE", "A safetensors, PyTorch (.pth) or ONNX file; nothing in it is executed");
        Option<string?> prefix = CommonOptions.Prefix();
        Command command = new("inspect", "Print the tensors of a weight file, and which network they are") { path, prefix };
        command.SetAction(parsed => Run(ConsoleSession.Of(parsed), parsed.GetRequiredValue(path), parsed.GetValue(prefix)));
        return command;
    }

    private static void Run(ConsoleSession session, string path, string? prefix)
    {
        using WeightFile file = WeightFile.Open(path);
        string contents = Contents(file);
        HeldNetwork? network = Network(path, prefix);
        session.WriteResult(
            new JsonObject
            {
                ["file"] = path,
                ["format"] = Format(file),
                ["contents"] = network is { Report.IsComplete: true } && contents == "tensors" ? "backbone" : contents,
                ["elements"] = file.Entries.Values.Sum(entry => entry.Elements),
                ["metadata"] = new JsonObject(file.Metadata.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
                ["network"] = network is null ? null : Json(network),
                ["tensors"] = new JsonArray([.. file.Entries.Values.Select(Json)]),
                ["unsupported"] = new JsonObject(file.Unsupported.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
            },
            () => Describe(file, contents, network));
    }

    // The network that the file holds, or the one that it resembles most.
    private static HeldNetwork? Network(string path, string? prefix)
    {
        PretrainedWeights weights = PretrainedWeights.FromFile(path, ChannelOrder.Rgb, new() { Prefix = prefix });
        try
        {
            return weights.DetectBackbone() is { } exact
                ? Compare(weights, exact)
                : BackboneFactory.All.Select(backbone => Resemblance(weights, backbone)).Where(found =>
                    found?.Report is { } report && report.Matched.Length > report.Missing.Length)
                    .MaxBy(found => found!.Report.Matched.Length);
        }
        catch (ModelFileException) when (prefix is null)
        {
            // None, or several, which are no fault of the file here: all of their tensors are listed.
            return null;
        }
    }

    // Null where the file holds a network of another family, or none.
    private static HeldNetwork? Resemblance(PretrainedWeights weights, BackboneFactory backbone)
    {
        try
        {
            return Compare(weights, backbone);
        }
        catch (ModelFileException)
        {
            return null;
        }
    }

    private static HeldNetwork Compare(PretrainedWeights weights, BackboneFactory backbone)
    {
        TorchRuntime.Initialize();
        IBackbone network = backbone.Create(RandomKey.FromSeed(0));
        using IDisposable module = network.Module;
        PretrainedReport report = weights.Compare(network);
        return new(backbone, report, report.IsComplete ? Refusal(weights, network) : null);
    }

    private static string? Refusal(PretrainedWeights weights, IBackbone network)
    {
        try
        {
            weights.LoadInto(network);
            return null;
        }
        catch (ModelFileException e)
        {
            return Failure.Of(e).Line;
        }
    }

    private static string Contents(WeightFile file) =>
        file.Metadata.GetValueOrDefault("format") == ModelFile.Format ? "model"
        : PublishedCheckpoint.IsIn(file) ? "published-checkpoint"
        : "tensors";

    private static string Format(WeightFile file) => file.Format switch
    {
        WeightFileFormat.Safetensors => "safetensors",
        WeightFileFormat.PyTorchZip => "pytorch-zip",
        WeightFileFormat.Onnx => "onnx",
        _ => "pytorch-legacy",
    };

    private static JsonObject Json(WeightEntry entry) => new()
    {
        ["name"] = entry.Name,
        ["type"] = entry.DataType.ToString(),
        ["shape"] = new JsonArray([.. entry.Shape.Select(dimension => (JsonNode)dimension)]),
    };

    private static JsonObject Json(HeldNetwork network) => new()
    {
        ["name"] = network.Backbone.Name,
        ["prefix"] = network.Report.Prefix,
        ["matched"] = network.Report.Matched.Length,
        ["missing"] = new JsonArray([.. network.Report.Missing.Select(name => (JsonNode)name)]),
        ["foreign"] = new JsonArray([.. network.Report.Foreign.Select(name => (JsonNode)name)]),
        ["unexpected"] = new JsonArray([.. network.Report.Unexpected.Select(name => (JsonNode)name)]),
        ["mismatched"] = new JsonArray([.. network.Report.Mismatched.Select(tensor => (JsonNode)tensor.Name)]),
        ["refusal"] = network.Refusal,
    };

    private static string Describe(WeightFile file, string contents, HeldNetwork? network)
    {
        TextTable tensors = new("tensor", "type", "shape");
        foreach (WeightEntry entry in file.Entries.Values)
        {
            tensors.Add(entry.Name, entry.DataType.ToString(), $"[{string.Join(", ", entry.Shape)}]");
        }

        foreach ((string name, string type) in file.Unsupported)
        {
            tensors.Add(name, type, "cannot be read");
        }

        List<string> lines =
        [
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Format(file)}, {file.Entries.Count} tensors, {file.Entries.Values.Sum(entry => entry.Elements):N0} elements"),
            .. file.Metadata.Select(pair => Failure.OneLine($"{pair.Key}: {pair.Value}")),
        ];
        lines.Add(contents switch
        {
            "model" => "a model of this program: evaluate and predict take it with --model",
            "published-checkpoint" => "a checkpoint of the published SS-MFAR code: convert makes a model of it; train takes its " +
                "backbone with --weights",
            _ when network is null => "no network of this program was found, or more than one: --prefix says which",
            _ when !network.Report.IsComplete =>
                $"another network than {network.Backbone.Name}, which it resembles: train does not take it",
            _ when network.Refusal is { } refusal => $"train does not take it: {refusal}",
            _ => "weights for train --weights; whether they were trained on RGB or BGR images is not in the file: --channel-order says it",
        });
        if (network is var (backbone, report, _))
        {
            lines.Add(Failure.OneLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{backbone.Name} behind '{report.Prefix}': {report.Matched.Length} matched, missing: {Names(report.Missing)}, " +
                    $"mismatched: {Names([.. report.Mismatched.Select(tensor => tensor.Name)])}, without a place in it: " +
                    $"{Names(report.Foreign)}, not used: {Names(report.Unexpected)}")));
        }

        return $"{string.Join('\n', lines)}\n\n{tensors}";
    }

    private static string Names(IReadOnlyCollection<string> names) => names.Count == 0
        ? "none"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{names.Count} ({string.Join(", ", names.Take(NamesShown))}{(names.Count > NamesShown ? ", ..." : "")})");

    /// <summary>A network that a file holds or resembles, and why train does not take one that fits; null where it does.</summary>
    private sealed record HeldNetwork(BackboneFactory Backbone, PretrainedReport Report, string? Refusal);
}
