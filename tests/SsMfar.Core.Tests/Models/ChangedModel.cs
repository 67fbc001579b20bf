using System.Text.Json.Nodes;
using SsMfar.Models;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Tests.Models;

/// <summary>Copies of model files with something in them changed by hand, as no call of the library would.</summary>
internal static class ChangedModel
{
    /// <summary>Copies a file with other weights.</summary>
    public static string Weights(string model, string output, string name, Action<torch.Tensor> change)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        (Dictionary<string, torch.Tensor> tensors, Dictionary<string, string> texts) = Read(model);
        change(tensors[name].view(-1));
        SafetensorsWriter.Write(output, tensors, texts);
        return output;
    }

    /// <summary>Copies a file with another text entry: <c>metadata</c> or <c>architecture</c>.</summary>
    public static string Text(string model, string output, string key, Action<JsonObject> change)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (Dictionary<string, torch.Tensor> tensors, Dictionary<string, string> texts) = Read(model);
        JsonObject document = JsonNode.Parse(texts[key])!.AsObject();
        change(document);
        texts[key] = document.ToJsonString();
        SafetensorsWriter.Write(output, tensors, texts);
        return output;
    }

    private static (Dictionary<string, torch.Tensor> Tensors, Dictionary<string, string> Texts) Read(string model)
    {
        using SafetensorsReader reader = SafetensorsReader.Open(model);
        return (reader.Keys.ToDictionary(name => name, reader.Read), new(reader.Metadata));
    }
}
