using System.CommandLine;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;

namespace SsMfar.ConsoleApp.Auditing;

/// <summary><c>audit</c>: which labels are doubtful, by models that did not learn from them.</summary>
internal static class AuditCommand
{
    /// <summary>The command's name.</summary>
    public const string Name = "audit";

    public static Command Create()
    {
        TrainOptions training = new(TrainPurpose.Audit);
        Option<int> folds = OptionKinds.Number(
            "--model-folds", "How many models are trained, each on the rows of all parts but one", 2, 100, 5);
        Option<int> repeats = OptionKinds.Number(
            "--repeats", "How often the rows are parted anew; what is judged by is the mean of the predictions", 1, 100, 1);
        Option<string> predictions = CommonOptions.Predictions(
            "of models that did not learn from the rows, as predict --probabilities writes them; nothing is trained then");
        predictions.Required = false;
        Option<ImageGrouping> grouping = CommonOptions.GroupBy("never parted between two folds");
        Option<double> share = OptionKinds.Number("--doubtful-share", "The share of each kind of labels to list", 1e-6, 1.0, 0.1);
        Option<int> faces = OptionKinds.Number("--page-faces", "Faces of each kind of labels on the page", 0, 1000, 60);
        Command command = new(Name, "Rank labels that cross-fitted models disbelieve: a page, and a table to mend them by");
        foreach (Option option in training.All)
        {
            command.Add(option);
        }

        foreach (Option option in new Option[] { folds, repeats, predictions, grouping, share, faces })
        {
            command.Add(option);
        }

        command.Validators.Add(result =>
        {
            bool isGiven = result.GetResult(predictions) is not null;
            Option[] used = [training.Labels, training.Folder, training.Images, training.ClassNames, predictions, share, faces];
            if (!isGiven && result.GetResult(training.Images) is null)
            {
                result.AddError("--data DIR is needed to train, or --predictions FILE: give one of the two.");
            }
            else if (isGiven && command.Options.Except(used).FirstOrDefault(
                option => option is not (Option<bool> { Name: "--json" or "--verbose" }) &&
                    result.GetResult(option) is { Implicit: false }) is { } idle)
            {
                result.AddError($"{idle.Name} is about training, and with --predictions nothing is trained: leave it out.");
            }
        });
        command.SetAction((parsed, cancellationToken) => new AuditRun(
            ConsoleSession.Of(parsed),
            new()
            {
                Annotations = parsed.GetRequiredValue(training.Labels),
                Data = parsed.GetValue(training.Images),
                Out = parsed.GetRequiredValue(training.Folder),
                Classes = parsed.GetValue(training.ClassNames),
                Predictions = parsed.GetValue(predictions),
                Training = parsed.GetValue(predictions) is null ? training.Read(parsed) : null,
                Folds = parsed.GetValue(folds),
                Repeats = parsed.GetValue(repeats),
                Grouping = parsed.GetValue(grouping),
                Share = parsed.GetValue(share),
                Faces = parsed.GetValue(faces),
            }).RunAsync(cancellationToken));
        return command;
    }
}
