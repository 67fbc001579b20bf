using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Imaging;
using SsMfar.Models;

namespace SsMfar.ConsoleApp.Commands;

/// <summary><c>convert</c>: a checkpoint of the published SS-MFAR code becomes a model.</summary>
internal static class ConvertCommand
{
    public static Command Create()
    {
        Option<string> weights = CommonOptions.Weights("a checkpoint of the published code, which is PyTorch's");
        Option<string> output = CommonOptions.Out("FILE", "the model");
        Option<ChannelOrder> order = CommonOptions.ChannelOrder("bgr, which the published code uses, unless given");
        Option<int> size = CommonOptions.Size(PublishedCheckpoint.ImageSize);
        Command command = new("convert", "Make a model of a checkpoint of the published SS-MFAR code") { weights, output, order, size };
        command.SetAction(parsed => Run(
            ConsoleSession.Of(parsed),
            parsed.GetRequiredValue(weights),
            parsed.GetRequiredValue(output),
            parsed.GetResult(order) is OptionResult { Implicit: false } ? parsed.GetValue(order) : ChannelOrder.Bgr,
            parsed.GetValue(size)));
        return command;
    }

    private static void Run(ConsoleSession session, string weights, string output, ChannelOrder order, int size)
    {
        Outputs.RequireWritable(("--out", output));
        Inputs.RequireKept([("--out", output)], ("--weights", weights));
        using LoadedModel model = PublishedCheckpoint.Load(weights, order, size);
        ModelFile.Save(output, model.Model, model.Metadata);
        string backbone = model.Model.Backbone.Description.Kind;
        session.WriteResult(
            new JsonObject
            {
                ["model"] = output,
                ["backbone"] = backbone,
                ["channelOrder"] = order.ToString().ToLowerInvariant(),
                ["size"] = size,
                ["tasks"] = new JsonArray([.. model.Model.TaskNames.Select(task => (JsonNode)task)]),
            },
            () => $"{output}: {backbone} with {string.Join(", ", model.Model.TaskNames)}");
    }
}
