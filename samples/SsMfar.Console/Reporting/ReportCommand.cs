using System.CommandLine;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Runtime;

namespace SsMfar.ConsoleApp.Reporting;

/// <summary>
/// <c>report</c>: what a model or predictions are worth on annotated faces, as a page, and whether they may replace earlier ones.
/// </summary>
internal static class ReportCommand
{
    /// <summary>The command's name.</summary>
    public const string Name = "report";

    public static Command Create()
    {
        Option<string[]> model = CommonOptions.Models();
        model.Required = false;
        Option<string> data = CommonOptions.Data(
            "needed with --model; with --predictions, for the faces that were read worst", required: false);
        Option<string> predictions = CommonOptions.Predictions(
            "in the submission format, or what predict --probabilities wrote; instead of --model");
        predictions.Required = false;
        Option<string> annotations = CommonOptions.Annotations();
        Option<string[]?> subgroups = OptionKinds.Named(
            "--subgroups",
            "COLUMNS",
            "Columns of the annotations, parted by commas, by whose values groups are compared with the rest",
            Lists.Entries);
        Option<ImageGrouping> grouping = CommonOptions.GroupBy("drawn for the intervals");
        Option<string> earlier = OptionKinds.Text(
            "--not-worse-than",
            "FILE",
            "Predictions, or the report.json of an earlier report, on the same rows; exit code 3 where a task is worse",
            required: false);
        Option<double> margin = OptionKinds.Number("--margin", "How much lower a task's score may be", 0.0, 2.0, 0.02);
        Option<string> output = CommonOptions.Out("DIR", "report.html and report.json");
        Option<int?> resamples = CommonOptions.Resamples("1000 unless given");
        Option<double> level = CommonOptions.Level();
        Option<long> seed = CommonOptions.Seed(long.MaxValue, 0L);
        Option<string> history = OptionKinds.Text(
            "--history",
            "FILE",
            "The history.json of the run that made the model, for its learning curves; the one beside --model unless given",
            required: false);
        Option<ExpressionClassSet?> classes = CommonOptions.Classes();
        Option<ComputeDevice> device = CommonOptions.Device();
        Command command = new(Name, "Judge a model or predictions on annotated faces: a page, and a gate") {
            model,
            data,
            predictions,
            annotations,
            subgroups,
            grouping,
            earlier,
            margin,
            output,
            resamples,
            level,
            seed,
            history,
            classes,
            device };
        command.Validators.Add(result =>
        {
            bool hasModel = result.GetResult(model) is not null, hasPredictions = result.GetResult(predictions) is not null;
            string? fault = hasModel == hasPredictions
                ? "--model FILE says what to judge, or --predictions FILE: give one of the two."
                : hasModel && result.GetResult(data) is null
                    ? "--model needs --data DIR, the images that the annotations name."
                    : hasModel && result.GetResult(classes) is not null
                        ? "--classes: the classes are the model's. Leave it out."
                        : hasPredictions && result.GetResult(device) is { Implicit: false }
                            ? "--device is about a model: give --model, or leave it out."
                            : result.GetResult(margin) is { Implicit: false } && result.GetResult(earlier) is null
                                ? "--margin is about earlier predictions: add --not-worse-than FILE, or leave it out."
                                : null;
            if (fault is not null)
            {
                result.AddError(fault);
            }
        });
        command.SetAction((parsed, cancellationToken) => new ReportRun(
            ConsoleSession.Of(parsed),
            new()
            {
                Models = [.. parsed.GetValue(model) ?? []],
                Data = parsed.GetValue(data),
                Predictions = parsed.GetValue(predictions),
                Annotations = parsed.GetRequiredValue(annotations),
                Subgroups = [.. parsed.GetValue(subgroups) ?? []],
                Grouping = parsed.GetValue(grouping),
                NotWorseThan = parsed.GetValue(earlier),
                Margin = parsed.GetValue(margin),
                Out = parsed.GetRequiredValue(output),
                Resamples = parsed.GetValue(resamples) ?? new BootstrapOptions().Resamples,
                Level = parsed.GetValue(level),
                Seed = parsed.GetValue(seed),
                History = parsed.GetValue(history),
                Classes = parsed.GetValue(classes),
                Device = parsed.GetValue(device),
            }).RunAsync(cancellationToken));
        return command;
    }
}
