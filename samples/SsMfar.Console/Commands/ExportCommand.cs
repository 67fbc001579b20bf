using System.CommandLine;
using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Export;

namespace SsMfar.ConsoleApp.Commands;

/// <summary><c>export</c>: a model file as an ONNX file.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        Option<string> model = CommonOptions.Model();
        Option<string> output = CommonOptions.Out("FILE", "the ONNX file, replaced when it exists");
        Option<bool> normalized = new("--normalized-input")
        {
            Description = "Take normalised float32 images [N, 3, H, W] instead of uint8 pixels [N, H, W, 3]",
        };
        Command command = new("export", "Write a model as ONNX, for applications on SsMfar.Onnx or any ONNX runtime") {
            model,
            output,
            normalized };
        command.SetAction(parsed => Run(
            ConsoleSession.Of(parsed), parsed.GetRequiredValue(model), parsed.GetRequiredValue(output), parsed.GetValue(normalized)));
        return command;
    }

    private static void Run(ConsoleSession session, string model, string output, bool normalized)
    {
        Outputs.RequireWritable(("--out", output));
        OnnxInput input = normalized ? OnnxInput.NormalizedImages : OnnxInput.Pixels;
        Models.Open(model, () =>
        {
            OnnxExporter.Export(model, output, options: new() { Input = input });
            return output;
        });
        long bytes = new FileInfo(output).Length;
        session.WriteResult(
            new JsonObject { ["onnx"] = output, ["bytes"] = bytes },
            () => FormattableString.Invariant($"Wrote {output} ({bytes / 1048576.0:F1} MiB)."));
    }
}
