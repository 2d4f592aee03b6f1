"""Releases that speak of no antibody-drug conjugate give no fact about one."""

import pytest

from adckg import documents, extract

KNOWLEDGE = extract.load_knowledge()

RELEASES = {
    "vaccine conjugate": """Norvax Begins Phase 2 Trial of Its 24-Valent Pneumococcal Conjugate Vaccine
LEEDS, June 3, 2019 - Norvax Ltd. today announced that the first infant was dosed in a Phase 2 trial of NVX-24, a pneumococcal conjugate
vaccine in which each polysaccharide is linked to a carrier protein, CRM197. "The conjugate was well tolerated," said Ann Bell, CEO.
NVX-24 is designed to raise antibodies to 24 serotypes. Side effects were fever (12%) and injection-site pain (33%).""",
    "glycoconjugate": """Carbimmune Licenses Bioconjugate Platform
BASEL, May 5, 2020 - Carbimmune AG has granted Pellis Pharma an exclusive licence to its bioconjugation technology for a vaccine against
E. coli. Carbimmune receives an upfront payment of $20 million. The bioconjugate CIM-4V is in Phase 1.""",
    "CAR-T": """Tessera Cell Reports Data for TC-101 at ASH
BOSTON, December 7, 2021 - Tessera Cell Therapeutics, Inc. reported that TC-101, an autologous CD19-directed CAR T-cell therapy, gave an
objective response rate of 82% (41/50) in patients with large B-cell lymphoma. Grade 3 cytokine release syndrome occurred in 6%.
Earlier treatment had included an antibody, chemotherapy or both.""",
    "bispecific": """FDA Grants Fast Track Designation to BSP-202
SAN DIEGO, March 2, 2022 - Binary Bio announced that the FDA granted fast track designation to BSP-202, a CD20xCD3 bispecific antibody,
for follicular lymphoma. BSP-202 is in a Phase 1/2 study; the recommended dose is 30 mg every 3 weeks.""",
    "naked antibody": """Results for LMB-7 in Breast Cancer
LYON, June 4, 2018 - Lumab SA said that LMB-7, a naked humanized anti-HER2 antibody, met its primary endpoint in the Phase 3 SOLARA trial.
Median progression-free survival was 12.1 months versus 8.3 months (HR 0.64; p=0.002). LMB-7 carries no payload.""",
    "checkpoint inhibitor": """Approval for Durvanemab
OSAKA, April 1, 2021 - Kitano Pharma announced that the European Commission approved durvanemab, an anti-PD-L1 antibody, in combination
with chemotherapy for non-small cell lung cancer. It is given at 1,200 mg every 3 weeks.""",
    "radioligand": """Isotope Partners Doses First Patient With 177Lu-IP-55
MUNICH, September 9, 2023 - Isotope Partners GmbH has dosed the first patient in a Phase 1 trial of 177Lu-IP-55, a FAP-targeted radioligand
consisting of a peptide, a linker and a radioactive payload. IP-55 is a radioconjugate, not an antibody.""",
    "radioimmunoconjugate": """Actinia Presents Data on AC-225
NEW YORK, November 2, 2020 - Actinia Inc. presented data on actinium-225-lintuzumab, a radiolabelled antibody, in acute myeloid leukemia.
Complete responses were seen in 4 of 18 patients. The antibody carries a radioisotope.""",
    "small molecule": """KRX-334 Meets Endpoint
AUSTIN, July 7, 2022 - Kerix Therapeutics announced that KRX-334, an oral HER2 tyrosine kinase inhibitor, met the primary endpoint of a
Phase 2 trial in metastatic breast cancer, with a 28% response rate. Dose reductions were needed in 9% of patients.""",
    "PROTAC": """Degradis and Merle to Collaborate
LONDON, January 12, 2022 - Degradis Ltd and Merle Pharma have entered into a collaboration on protein degraders. Degradis receives
$35 million upfront and may earn up to $700 million in milestone payments.""",
    "peptide-drug conjugate": """Peptron Starts Study of PDC-8
SEOUL, August 18, 2021 - Peptron Co. has opened a Phase 1 study of PDC-8, a peptide-drug conjugate that carries doxorubicin to sortilin.
The conjugate is given once weekly.""",
    "oligonucleotide conjugate": """Silens Reports on GalNAc Conjugate
CAMBRIDGE, October 1, 2019 - Silens plc said that SLN-360, a GalNAc-conjugated siRNA, lowered Lp(a) by 98%. The conjugate was safe.""",
    "antibody-oligonucleotide": """Dynastes Doses First Patient
WALTHAM, March 3, 2022 - Dynastes Bio dosed the first patient with DYN-101, an antibody-oligonucleotide conjugate for myotonic dystrophy.""",
    "quarterly results": """Orrin Medical Reports Third Quarter Results
TORONTO, November 5, 2020 - Orrin Medical Inc. reported revenue of $120.4 million for the third quarter, up 8%. The company licensed its
imaging software to two partners and expects the approval of a new scanner by the FDA in 2021.""",
    "pharma quarter": """Castle Pharma: First Quarter
BASEL, April 28, 2021 - Castle Pharma AG grew sales by 6% to CHF 2.1 billion. Its vaccine was approved in Japan. The company ended a
Phase 2 trial of an antibody in asthma and sold the rights to an ointment to Pell Inc. for $12 million.""",
    "medical device": """CE Mark for Heart Pump
DUBLIN, February 2, 2019 - Corva plc received the CE mark for its heart pump. In a trial of 42 patients, survival at 12 months was 88%.""",
    "diagnostic": """FDA Approves HER2 Test
SAN FRANCISCO, May 14, 2020 - Assaya Inc. said that the FDA has approved its immunohistochemistry test for HER2 expression in breast and
gastric cancer. The test uses an antibody conjugated to an enzyme.""",
    "fluorescent conjugates": """New Reagents Catalogue
EUGENE, June 1, 2018 - Probelight has added forty antibody conjugates to its catalogue of fluorescent reagents for flow cytometry,
among them anti-CD33 and anti-CD22 conjugates of FITC and PE.""",
    "university": """University Opens Institute for Cancer Research
HEIDELBERG, October 20, 2017 - The university has opened an institute in which 300 scientists will study tumours, antibodies and the
immune system. The state pays 40 million euros; a foundation gives the rest.""",
    "oil company": """ADC Reports Production From Offshore Wells
HOUSTON, May 3, 2016 - Atlantic Drilling Company (ADC) said that its platform produced 12,000 barrels a day. ADC has agreed to sell its
licence in the North Sea to Halden Energy for $210 million. The ADC board approved the sale.""",
    "converter": """Signalis Launches 24-Bit ADC
SAN JOSE, March 19, 2019 - Signalis Corp. today announced the SGN-2490, an ADC with eight channels. The ADC samples at 2 MS/s, and its linker
script is on the website. "Our ADCs target industrial customers," said the CEO. SGN-2490 is a low-power ADC for medical imaging.""",
    "converter in medicine": """Signalis ADC Chosen for Cancer Scanner
SAN JOSE, April 2, 2019 - Signalis Corp. said that its analog-to-digital converter (ADC) SGN-2490 was chosen for a scanner that finds
tumours earlier. The ADC targets noise below 2 microvolts; phase 2 of the project starts in June.""",
    "diffusion coefficient": """Imaging Software Cleared
AACHEN, July 11, 2018 - Voxelis GmbH received FDA clearance for software that computes the apparent diffusion coefficient (ADC) in prostate
cancer. Low ADC values point to tumour; median ADC was 0.81 in lesions and 1.42 in healthy tissue.""",
    "aide-de-camp": """New Aide-de-Camp to the Governor
OTTAWA, January 8, 2015 - Captain L. Roy has been appointed aide-de-camp (ADC) to the governor. The ADC will take up her duties in May.""",
    "Amsterdam": """Data Centre Opens in Amsterdam
AMSTERDAM, May 6, 2020 - Amsterdam Data Center (ADC) opened its third building. ADC-3 has 4,000 racks and was built by Bouwer BV.""",
    "airline": """ADC Airlines Adds Route
LAGOS, June 9, 2005 - ADC Airlines adds a flight to Abuja. ADC will fly twice daily, with a phase 2 of daily flights to Accra.""",
    "telecom": """ADC Completes Acquisition
MINNEAPOLIS, May 18, 2004 - ADC Telecommunications, Inc. (NASDAQ: ADCT) has completed its acquisition of a maker of connectors for EUR 166
million. ADC expects the purchase to add to earnings in 2005.""",
    "application delivery": """NetForge Releases Virtual ADC
AUSTIN, August 9, 2016 - NetForge announced version 12 of its application delivery controller. The ADC targets cloud customers and was
developed with Halden Software. ADC-5500 is available today.""",
    "adenocarcinoma": """Registry of Oesophageal Cancer
OSLO, June 2, 2019 - In a registry, adenocarcinoma (ADC) was found in 61% of patients with oesophageal cancer and squamous carcinoma in
the rest. Median overall survival in ADC was 14.2 months. Treatment was chemotherapy, surgery or both.""",
    "ADCC": """Glycora Doses First Patient
BASEL, June 14, 2019 - Glycora AG dosed the first patient with GLY-77, an anti-CD20 antibody with enhanced antibody-dependent cellular
cytotoxicity (ADCC), in a Phase 1 trial in chronic lymphocytic leukemia.""",
    "immunotoxin": """Update on Immunotoxin
ROCKVILLE, May 5, 2017 - Fusora Inc. said that FUS-1, a fusion protein of diphtheria toxin and interleukin-3, is in Phase 2 in blastic
plasmacytoid dendritic cell neoplasm. Objective responses were seen in 7 of 9 patients.""",
    "insulin": """Weekly Insulin Trial
COPENHAGEN, June 1, 2020 - Isle Pharma presented a Phase 3 trial of its once-weekly insulin, an Fc conjugate. HbA1c fell by 1.3 points.""",
    "pegylated protein": """PegaBio Gets Approval
BASEL, May 2, 2013 - PegaBio won EU approval of its pegylated interferon, a conjugate of interferon and polyethylene glycol.""",
    "albumin-bound drug": """Nanotaxis Reports Trial
AUSTIN, June 5, 2016 - Nanotaxis said that its albumin-bound paclitaxel reached a response rate of 31% in pancreatic cancer in Phase 2.""",
    "liposome": """Liposomal Drug Approved
TOKYO, April 9, 2014 - Lipora K.K. has received approval for liposomal irinotecan in pancreatic cancer. It is a topoisomerase inhibitor.""",
    "hiring": """Brightwater Appoints Head of Oncology
LEEDS, June 4, 2021 - Brightwater Bio has appointed Dr. M. Osei as head of oncology. She led trials of antibodies and small molecules in
ovarian cancer at Castle Pharma.""",
    "contract manufacturer": """Vialis Expands Site
VISP, June 15, 2022 - Vialis will add a line for highly potent compounds, monoclonal antibodies and vaccines to its site in Visp. The CHF
80 million investment creates 120 jobs. Customers include drug makers of every size.""",
    "gene therapy": """Gene Therapy for Haemophilia Approved
LONDON, August 24, 2022 - Rarex plc said that the EMA approved its gene therapy for haemophilia A. Annual bleeding fell by 85%.""",
    "cosmetics": """New Serum Launched
PARIS, May 30, 2018 - Belline SA launched a serum with vitamin C conjugate. The compound was tested in 40 women.""",
    "veterinary": """Approval for Canine Lymphoma Drug
KANSAS CITY, July 15, 2021 - Vetora Inc. said that the FDA approved its drug for lymphoma in dogs. The agent is given every 3 weeks; the
overall response rate was 73%.""",
    "statistics": """Charity Publishes Cancer Figures
LONDON, February 4, 2020 - New cases of ovarian cancer rose by 3%. Survival at five years was 43%. New drugs, antibodies and conjugates among
them, have helped, the charity said.""",
    "chemistry": """Prize for Work on Conjugated Polymers
STOCKHOLM, October 10, 2000 - The prize goes to three chemists for their work on conjugated polymers, a class of compounds that conduct.""",
    "T-cell engager": """Trial of AMX-118 Stopped
CAMBRIDGE, May 9, 2022 - Amex Bio has stopped its Phase 1 trial of AMX-118, a T-cell engager that targets MUC17, after two patients had
grade 4 neutropenia.""",
    "oncolytic virus": """Virus Therapy Enters Clinic
CALGARY, June 6, 2013 - Oncovir began a Phase 2 trial of OV-3, an oncolytic virus, with trastuzumab in HER2-positive breast cancer.""",
    "dispensing cabinets": """Pharmacies Buy Cabinets
DENVER, May 2, 2017 - Cabin Systems sells automated dispensing cabinets (ADCs) that keep cancer drugs safe. The ADC XT-500 was approved by
the FDA; our ADCs target hospitals, and XT-500 was licensed to Orrin Medical.""",
    "alloy": """ADC-12 Alloy for Freezers
TOKYO, June 9, 2015 - Tokyo Metals supplies ADC12, an alloy, for freezers in which antibodies are kept. ADC-12 is approved by Toyota.""",
    "developing countries": """Report on Advanced Developing Countries
GENEVA, May 4, 2018 - Advanced developing countries (ADCs) need cancer medicines; ADCs such as Brazil have approved antibodies.""",
    "ADCs in passing": """Castle to Present at Conference
BOSTON, June 3, 2020 - Castle Bio, which makes monoclonal antibodies, antibody-drug conjugates (ADCs) and vaccines for others, will present
at a conference on June 9. Its ADC services include conjugation and filling; the market for ADCs grows by 20% a year.""",
    "class action": """Investors Reminded of Deadline
NEW YORK, August 1, 2023 - A law firm reminds investors of a class action against a maker of ADCs. Those who bought shares should call.""",
    "biosimilar": """Biosimilar Trastuzumab Approved
SEOUL, January 14, 2019 - Samdo Biologics received FDA approval for its biosimilar of trastuzumab for HER2-positive breast cancer.""",
}  # fmt: skip


def _about_adcs(text: str) -> list[str]:
    facts = extract.extract(documents.parse_document(text, "release"), KNOWLEDGE)
    return [f"{f.kind}: {f.arguments}" for f in facts for _, v in f.arguments if getattr(v, "kind", None) == "adc"]


@pytest.mark.parametrize("text", RELEASES.values(), ids=list(RELEASES))
def test_a_release_without_an_adc_gives_none(text):
    assert not _about_adcs(text)


@pytest.mark.parametrize("text", RELEASES.values(), ids=list(RELEASES))
def test_nor_does_it_on_one_line_or_with_lines_apart(text):
    assert not _about_adcs(" ".join(text.split()))
    assert not _about_adcs(text.replace(". ", ".\n\n"))


def test_a_release_with_an_adc_gives_one():
    assert _about_adcs("Roche today announced that T-DM1, an antibody-drug conjugate, was approved in the US.")
