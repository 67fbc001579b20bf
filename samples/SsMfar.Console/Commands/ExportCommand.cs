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
        Option<OnnxPrecision> precision = CommonOptions.Precision<OnnxPrecision>(
            "float32 (default); float16, weights in half the space; int8, a quarter and faster, calibrated by images");
        Option<string> calibrate = OptionKinds.Text(
            "--calibrate",
            "FILE|DIR",
            "The images that int8 is calibrated with: those that an annotation file or the challenge's list names, by --data, or " +
                "a folder's; of the training set, not of what the model is judged by",
            required: false);
        Option<string> data = CommonOptions.Data("goes with --calibrate FILE", required: false);
        Option<int?> count = OptionKinds.OptionalNumber(
            "--calibration-images",
            $"How many of them are used at most, at even distances; {new OnnxCalibrationOptions().MaximumFaces} unless given",
            1,
            1_000_000);
        Command command = new("export", "Write a model as ONNX, for applications on SsMfar.Onnx or any ONNX runtime") {
            model,
            output,
            normalized,
            precision,
            calibrate,
            data,
            count };
        command.SetAction(parsed => Run(
            ConsoleSession.Of(parsed),
            parsed.GetRequiredValue(model),
            parsed.GetRequiredValue(output),
            new(parsed.GetValue(calibrate), parsed.GetValue(data), parsed.GetValue(count)),
            new()
            {
                Input = parsed.GetValue(normalized) ? OnnxInput.NormalizedImages : OnnxInput.Pixels,
                Precision = parsed.GetValue(precision),
            }));
        return command;
    }

    private static void Run(ConsoleSession session, string model, string output, CalibrationImages calibration, OnnxExportOptions options)
    {
        Outputs.RequireWritable(("--out", output));
        Inputs.RequireKept(
            [("--out", output)], ("--model", model), ("--calibrate", calibration.Calibrate), ("--data", calibration.Data));
        using IDisposable? images = calibration.Open(session, options);
        Models.Open(model, () =>
        {
            OnnxExporter.Export(model, output, options: options);
            return output;
        });
        long? bytes = Outputs.Size(output);
        int calibrated = Math.Min(options.Calibration.Faces.Count, options.Calibration.MaximumFaces);
        JsonObject json = new() { ["onnx"] = output, ["bytes"] = bytes, ["precision"] = options.Precision.ToString().ToLowerInvariant() };
        if (calibrated > 0)
        {
            json["calibrationImages"] = calibrated;
        }

        session.WriteResult(json, () => $"Wrote {output}" +
            (bytes is { } known ? FormattableString.Invariant($" ({known / 1048576.0:F1} MiB)") : "") +
            (calibrated > 0 ? FormattableString.Invariant($", calibrated with {calibrated} images.") : "."));
    }
}
