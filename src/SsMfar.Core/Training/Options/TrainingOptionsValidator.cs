using Microsoft.Extensions.Options;

namespace SsMfar.Training;

/// <summary>Checks every annotated option and reports all faults together.</summary>
[OptionsValidator]
internal sealed partial class TrainingOptionsValidator : IValidateOptions<TrainingOptions>;
